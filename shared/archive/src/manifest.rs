//! `manifest.json`: what is in an archive, member by member, so that anybody can check that nothing
//! is missing or changed.

use serde::{Deserialize, Serialize};

/// The version of the manifest's format. A reader refuses a later one.
pub const FORMAT_VERSION: u32 = 1;

/// What the archive should say about itself; given when it is finished.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The pseudonym of the person whose data it is.
    pub subject: String,
    /// How the person may be called on the page and in the manifest, when the requester may know.
    pub label: Option<String>,
    /// The heading of the page; empty gives "Your data".
    pub title: String,
    /// Texts for categories, by key; one without text gets a title made from its key.
    pub categories: Vec<CategoryText>,
    /// Which volume this is, when the export was too large for one archive.
    pub volume: Option<Volume>,
}

impl About {
    /// Says only whose data it is.
    #[must_use]
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..Self::default() }
    }

    /// Adds what the person may be called.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds the texts of a category.
    #[must_use]
    pub fn with_category(mut self, text: CategoryText) -> Self {
        self.categories.push(text);
        self
    }
}

/// What the page says about a category. A category is a folder of the archive (`files/…`) or a
/// single member (`profile.json`).
#[derive(Debug, Clone, Default)]
pub struct CategoryText {
    /// The folder's name, or the member's name without its extension.
    pub key: String,
    /// A heading, such as "Sign-ins".
    pub title: String,
    /// A sentence that says what it is.
    pub explanation: String,
    /// One record and several: `("sign-in", "sign-ins")`. Without it they are records, or files in
    /// a folder.
    pub noun: Option<(String, String)>,
}

/// One of several archives that hold an export together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Counted from 1.
    pub number: u32,
    /// Whether this is the last.
    pub last: bool,
}

/// The manifest as it stands in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// [`FORMAT_VERSION`] at the time.
    pub format_version: u32,
    /// Whose data it is.
    pub subject: Subject,
    /// When the archive was begun, RFC 3339 in UTC.
    pub created_at: String,
    /// Which volume this is, when there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub volume: Option<Volume>,
    /// Sums over the members.
    pub totals: Totals,
    /// What should be here but could not be read. Empty is the rule.
    pub gaps: Vec<Gap>,
    /// Every member but the manifest itself, in the order they stand in the archive.
    pub members: Vec<ManifestMember>,
}

/// Whose data an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The pseudonym.
    pub id: String,
    /// A name for people, when there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
}

/// Sums over the members of a manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many members.
    pub members: u64,
    /// How many records in them.
    pub records: u64,
    /// How many bytes, unpacked.
    pub bytes: u64,
}

/// Something that is missing from an archive, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What is missing.
    pub name: String,
    /// The reason, as a sentence.
    pub reason: String,
}

/// A member as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestMember {
    /// Its path in the archive.
    pub name: String,
    /// How many records it holds.
    pub records: u64,
    /// Its size in bytes, unpacked.
    pub bytes: u64,
    /// SHA-256 of the unpacked bytes, in lower-case hexadecimal.
    pub sha256: String,
}

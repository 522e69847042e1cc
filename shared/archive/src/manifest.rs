//! `manifest.json`: what is in an archive, member by member, so that anyone can check that nothing
//! is missing or changed.

use serde::{Deserialize, Serialize};

/// The version of the manifest's format. Readers reject later versions.
pub const FORMAT_VERSION: u32 = 1;

/// The description of an archive; passed when it is finished.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The pseudonym of the user.
    pub subject: String,
    /// The user's name on the page and in the manifest, if the requester may see it.
    pub label: Option<String>,
    /// Heading of the page; "Your data" if empty.
    pub title: String,
    /// Texts for categories, by key; a category without text gets a title made from its key.
    pub categories: Vec<CategoryText>,
    /// The volume, if the export was too large for one archive.
    pub volume: Option<Volume>,
}

impl About {
    /// Describes an archive by the user's pseudonym only.
    #[must_use]
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..Self::default() }
    }

    /// Sets the user's name.
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

/// The texts of a category on the page. A category is a folder of the archive (`files/…`) or a
/// single member (`profile.json`).
#[derive(Debug, Clone, Default)]
pub struct CategoryText {
    /// Name of the folder, or of the member without its extension.
    pub key: String,
    /// A heading, such as "Sign-ins".
    pub title: String,
    /// A sentence that describes the category.
    pub explanation: String,
    /// Singular and plural: `("sign-in", "sign-ins")`. Without it, records, or files in a folder.
    pub noun: Option<(String, String)>,
}

/// One of several archives of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Volume number, starting at 1.
    pub number: u32,
    /// Whether this is the last volume.
    pub last: bool,
}

/// The manifest as stored in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The format version; see [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The user whose data the archive contains.
    pub subject: Subject,
    /// Time at which the archive was created, RFC 3339 in UTC.
    pub created_at: String,
    /// The volume, if there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub volume: Option<Volume>,
    /// Totals of all members.
    pub totals: Totals,
    /// Data that is missing because it could not be read. Normally empty.
    pub gaps: Vec<Gap>,
    /// All members except the manifest itself, in the order of the archive.
    pub members: Vec<ManifestMember>,
}

/// The user whose data an archive contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The pseudonym.
    pub id: String,
    /// The user's name, if known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
}

/// Totals of the members of a manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Number of members.
    pub members: u64,
    /// Number of records.
    pub records: u64,
    /// Number of bytes, uncompressed.
    pub bytes: u64,
}

/// Data that is missing from an archive, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The missing data.
    pub name: String,
    /// The reason, as a sentence.
    pub reason: String,
}

/// A member in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestMember {
    /// Path in the archive.
    pub name: String,
    /// Number of records.
    pub records: u64,
    /// Size in bytes, uncompressed.
    pub bytes: u64,
    /// SHA-256 of the uncompressed bytes, in lower-case hexadecimal.
    pub sha256: String,
}

//! Staff records about a user: notes, grants, documents, and the contributor profile with its
//! ledger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, DocumentId, GrantId, NoteId, Pseudonym, Timestamp, UserId, stored_enum::stored_enum,
};

/// A staff note; its text is encrypted with the key of the user it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Note id.
    pub id: NoteId,
    /// Pseudonym of the author. A pseudonym, because the item belongs to the user it is about.
    pub author: Pseudonym,
    /// Time of creation.
    pub created_at: Timestamp,
    /// The encrypted text.
    pub sealed: String,
}

stored_enum! {
    /// Type of benefit that a grant gives.
    pub enum GrantType {
        /// Storage in bytes, added to the quota immediately.
        Storage = "storage",
        /// Custom domains.
        Domains = "domains",
        /// Short URLs.
        Urls = "urls",
        /// Another countable benefit.
        Other = "other",
    }
}

stored_enum! {
    /// How a grant ended.
    pub enum GrantEnd {
        /// Revoked by staff.
        Revoked = "revoked",
        /// Expired.
        Expired = "expired",
    }
}

/// A grant: a benefit given by staff.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Grant id.
    pub id: GrantId,
    /// Type of benefit.
    pub r#type: GrantType,
    /// Amount. In bytes for storage.
    pub amount: u64,
    /// Reason for the grant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Pseudonym of the staff member who gave the grant.
    pub by: Pseudonym,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time at which the grant ends. No end if absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// Time at which the grant ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// How the grant ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<GrantEnd>,
}

impl Grant {
    /// Whether the grant is in effect.
    pub const fn is_live(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Ends the grant.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has ended, or when only a later release knows what it gave.
    pub fn finish(mut self, end: GrantEnd, now: Timestamp) -> Result<Self, ApiError> {
        if !self.is_live() {
            return Err(ApiError::invalid_action("This grant has already ended.", &[]));
        }
        if !self.r#type.is_known() {
            return Err(ApiError::invalid_action(
                "This version does not know the type of this grant. Try again later.",
                &[],
            ));
        }
        (self.ended_at, self.end) = (Some(now), Some(end));
        Ok(self)
    }
}

/// An entry in the ledger of contributions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contribution {
    /// Day of the contribution (`YYYY-MM-DD`, UTC).
    #[schemars(extend("format" = "date"))]
    pub date: String,
    /// Short description, at most 120 characters.
    #[schemars(length(min = 1, max = 120))]
    pub label: String,
    /// Details, at most 500 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 500))]
    pub details: Option<String>,
    /// Points, 1 to 1000. No points if omitted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(range(min = 1, max = 1000))]
    pub points: Option<u32>,
    /// URL of the contribution: `https`, at most 300 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(max = 300))]
    pub url: Option<String>,
}

/// A contributor profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Contributor {
    /// GitHub username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github_login: Option<String>,
    /// Title, such as `Maintainer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Ledger of contributions, latest day first; at most 200 entries.
    pub ledger: Vec<Contribution>,
    /// Time of the last change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// Maximum number of entries of a ledger.
pub const MAX_CONTRIBUTIONS: usize = 200;
/// Maximum size of a ledger as JSON in UTF-8, in bytes: an item of the table has at most 400 KB,
/// and this one has some other data.
pub const MAX_LEDGER: usize = 256 << 10;

/// Checks that the ledger fits into an item: in some scripts a character takes three or four bytes.
///
/// # Errors
/// `VALIDATION_FAILED` on `ledger`.
pub fn check_size(ledger: &[Contribution]) -> Result<(), ApiError> {
    let bytes = serde_json::to_vec(ledger).map_or(usize::MAX, |json| json.len());
    if bytes <= MAX_LEDGER {
        return Ok(());
    }
    Err(ApiError::field(
        "ledger",
        "too_long",
        format!(
            "The ledger has {bytes} bytes, and the limit is {MAX_LEDGER} bytes. Shorten or remove entries."
        ),
    ))
}

impl Contributor {
    /// The total points of the ledger.
    pub fn score(&self) -> u64 {
        self.ledger.iter().filter_map(|entry| entry.points).map(u64::from).sum()
    }

    /// The URL of the GitHub profile.
    pub fn github_profile_url(&self) -> Option<String> {
        self.github_login.as_ref().map(|login| format!("https://github.com/{login}"))
    }
}

/// Parses a GitHub username: letters, digits and single hyphens, at most 39 (the form that GitHub
/// gives to new accounts).
///
/// # Errors
/// `VALIDATION_FAILED` on `githubLogin`.
pub fn github_login(text: &str) -> Result<String, ApiError> {
    let login = text.trim();
    let fits = (1..=39).contains(&login.len())
        && login.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !login.starts_with('-')
        && !login.ends_with('-')
        && !login.contains("--");
    if fits {
        Ok(login.to_owned())
    } else {
        Err(ApiError::field(
            "githubLogin",
            "invalid",
            "This is not a GitHub username. Use at most 39 letters, digits and single hyphens.",
        ))
    }
}

/// A document about a user; the object is in the bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Document id.
    pub id: DocumentId,
    /// Name of the document.
    pub name: String,
    /// Description of the document.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// Media type.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
    /// Pseudonym of the staff member who added the document.
    pub by: Pseudonym,
    /// Time of creation.
    pub created_at: Timestamp,
}

/// The key of the object of a document: below the user's prefix, so that it is exported and erased
/// with the user's other data.
pub fn document_key(user: UserId, id: DocumentId) -> String {
    format!("users/{user}/documents/{id}")
}

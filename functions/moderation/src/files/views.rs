//! Files as their owner and staff see them.

use provost_domain::{
    Pseudonym, Timestamp, UserId,
    content::{Content, ContentId, ContentStatus},
};
use schemars::JsonSchema;
use serde::Serialize;

/// How to upload a file. Every header is signed: send each exactly as it is here, and no other
/// `Content-Type`. A browser sets `Content-Length` by itself.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadInstructions {
    /// HTTP method. Always `PUT`.
    pub method: &'static str,
    /// URL to upload the file to. It accepts uploads that begin within one minute.
    pub url: String,
    /// Headers to send.
    pub headers: UploadHeaders,
    /// Time until which the URL accepts an upload.
    pub expires_at: Timestamp,
}

/// The headers of an upload.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UploadHeaders {
    /// Size of the file in bytes.
    #[serde(rename = "Content-Length")]
    pub content_length: String,
    /// Media type of the file.
    #[serde(rename = "Content-Type")]
    pub content_type: String,
    /// SHA-256 of the file in base64. Absent for a bucket at a store that does not check it; then the
    /// bytes are compared before the file becomes available.
    #[serde(rename = "x-amz-checksum-sha256", skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

/// A registered file, to be uploaded now.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewFileView {
    /// The file.
    #[serde(flatten)]
    pub file: FileView,
    /// How to upload it.
    pub upload: UploadInstructions,
}

/// The current flag of a file, for staff.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagView {
    /// Reason for the flag.
    pub reason: String,
    /// Time of the flag.
    pub flagged_at: Timestamp,
    /// Pseudonym of the staff member who flagged it.
    pub flagged_by: Pseudonym,
}

/// A file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileView {
    /// File id.
    pub id: ContentId,
    /// Name of the file.
    pub name: String,
    /// Media type of the file.
    pub content_type: Option<String>,
    /// Size of the file in bytes.
    pub size: u64,
    /// SHA-256 of the file in hexadecimal.
    pub sha256: Option<String>,
    /// Status of the file.
    pub status: ContentStatus,
    /// Time of registration.
    pub created_at: Timestamp,
}

impl From<&Content> for FileView {
    fn from(content: &Content) -> Self {
        Self {
            id: content.id,
            name: content.name.clone(),
            content_type: content.content_type.clone(),
            size: content.size,
            sha256: content.sha256.clone(),
            status: content.status,
            created_at: content.created_at,
        }
    }
}

/// A file with a download URL.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadView {
    /// The file.
    #[serde(flatten)]
    pub file: FileView,
    /// User id of the owner.
    pub owner_id: UserId,
    /// URL to download the file. Null until the file is uploaded, and after its removal.
    pub url: Option<String>,
    /// Time until which the URL works; null without one.
    pub url_expires_at: Option<Timestamp>,
    /// The current flag, for staff; null if the file is not flagged.
    pub flag: Option<FlagView>,
}

/// The owner of a file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileOwner {
    /// User id.
    pub id: UserId,
    /// Name; null when the account was just erased.
    pub name: Option<String>,
}

/// The staff member who flagged a file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlaggedBy {
    /// User id; null after the account was erased, and if the caller cannot see it.
    pub id: Option<UserId>,
}

/// A flagged file in the list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlaggedFileView {
    /// File id.
    pub id: ContentId,
    /// Name of the file.
    pub name: String,
    /// Owner of the file.
    pub owner: FileOwner,
    /// Time of the flag.
    pub flagged_at: Timestamp,
    /// Reason for the flag; null if the caller cannot see it.
    pub reason: Option<String>,
    /// Notes for staff; null if there are none.
    pub notes: Option<String>,
    /// The staff member who flagged it.
    pub flagged_by: FlaggedBy,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

impl FlaggedFileView {
    /// The file for its owner, and for staff who are not above the owner in rank.
    pub fn without_texts(self) -> Self {
        Self {
            reason: None,
            notes: None,
            flagged_by: FlaggedBy { id: None },
            redacted: vec!["reason", "notes", "flaggedBy"],
            ..self
        }
    }
}

/// The result of flagging a file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlaggedView {
    /// Identifies the flagged file.
    pub file_id: ContentId,
    /// Whether the file is flagged. Always true.
    pub flagged: bool,
    /// Time of the flag.
    pub flagged_at: Option<Timestamp>,
    /// Reason for the flag.
    pub reason: Option<String>,
}

/// The result of unflagging a file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnflaggedView {
    /// Identifies the flagged file.
    pub file_id: ContentId,
    /// Whether it worked. Always true.
    pub success: bool,
    /// What was done.
    pub message: &'static str,
}

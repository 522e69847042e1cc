//! Files that users upload: the registry entry of an object in the bucket.

use serde::{Deserialize, Serialize};

use crate::{FileId, Timestamp, UserId};

/// An uploaded file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// File id.
    pub id: FileId,
    /// Name that the user gave the file.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
    /// Key of the object, below the user's prefix.
    pub object_key: String,
    /// Time of the upload.
    pub created_at: Timestamp,
}

/// Maximum size of an image in a request, in bytes: an event of Lambda has at most 6 MiB, and
/// base64 increases the size by a third.
pub const MAX_AVATAR: usize = 4 << 20;

/// The prefix of all objects of a user in the files bucket.
pub fn prefix(user: UserId) -> String {
    format!("users/{user}/")
}

/// The key of the object of a file.
pub fn object_key(user: UserId, file: FileId) -> String {
    format!("users/{user}/files/{file}")
}

/// The media type under its registered name: browsers have sent JPEGs as `image/jpg` and
/// `image/pjpeg` for decades.
pub fn registered_media_type(named: &str) -> &str {
    match named {
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        other => other,
    }
}

/// The file extension for the content, detected from its first bytes; `None` for unsupported types.
pub fn ending(first_bytes: &[u8]) -> Option<&'static str> {
    const KINDS: &[(&[u8], &str)] = &[
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff", "jpg"),
        (b"%PDF-", "pdf"),
        (b"GIF8", "gif"),
        (b"PK\x03\x04", "zip"),
    ];
    KINDS.iter().find(|(mark, _)| first_bytes.starts_with(mark)).map(|(_, ending)| *ending)
}

//! Files that people upload: the registry entry beside the object in the bucket.

use serde::{Deserialize, Serialize};

use crate::{FileId, Timestamp, UserId};

/// One uploaded file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// The owner's name for it.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
    /// Where the object is, below the owner's prefix.
    pub object_key: String,
    /// When it came.
    pub created_at: Timestamp,
}

/// The largest picture that a request may carry, in bytes: an event of Lambda has 6 MiB at most, and base64 makes a third more of every file.
pub const LARGEST_PICTURE: usize = 4 << 20;

/// The prefix in the files bucket under which all objects of one person stand.
pub fn prefix(user: UserId) -> String {
    format!("users/{user}/")
}

/// Where the object of a file stands.
pub fn object_key(user: UserId, file: FileId) -> String {
    format!("users/{user}/files/{file}")
}

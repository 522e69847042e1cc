//! API keys: a program acts as its owner, narrowed to the key's scopes.

use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, PermissionSet, Timestamp, secret::Digest, time::MINUTE};

/// How many keys one person may have.
pub const MOST_KEYS: usize = 20;
/// A key's last use is written at most this often, in milliseconds.
pub const LAST_USE_EVERY: i64 = 5 * MINUTE;

/// What deciding needs of a key; it stands in the principal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveKey {
    /// SHA-256 of the whole key.
    pub digest: Digest,
    /// What the key may do at most; none means all that its owner may.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<PermissionSet>,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to within five minutes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_used_at: Option<Timestamp>,
}

impl LiveKey {
    /// Whether it still works; at the instant of its expiry it no longer does.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// A key as its owner sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The owner's label.
    pub name: String,
    /// The first characters, for recognition.
    pub prefix: String,
    /// What it may do at most.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<PermissionSet>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
}

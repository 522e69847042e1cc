//! What the account of a user knows about an API key.

use serde::{Deserialize, Serialize};

use crate::{PermissionSet, Timestamp, secret::Digest};

/// The part of an API key that access checks need; stored in the user's account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveKey {
    /// SHA-256 of the full key.
    pub digest: Digest,
    /// Scopes of the key; without scopes, the key has all permissions of its user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<PermissionSet>,
    /// Whether a key with scopes may read its user's own account. Stored separately from the
    /// permissions, since an earlier release could not read an account with an unknown permission.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_read: bool,
    /// Time at which the key expires.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// Time of the last use, with a precision of five minutes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_used_at: Option<Timestamp>,
}

impl LiveKey {
    /// Whether the key is valid. It is invalid from the instant of its expiry.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

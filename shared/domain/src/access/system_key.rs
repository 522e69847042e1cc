//! System keys: credentials of other services, each with scopes. A service may have two live keys, so
//! that one replaces the other without an interruption.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, PermissionSet, SystemKeyId, Timestamp, identity::SystemKey, secret::Digest,
    time::MINUTE,
};

/// Maximum number of live keys of a service.
pub const MAX_LIVE: usize = 2;
/// Minimum time between two writes of a key's last use, in milliseconds.
pub const LAST_USE_EVERY: i64 = 5 * MINUTE;

/// A live key of a service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveSystemKey {
    /// The digest of the key, which is not stored itself.
    pub digest: Digest,
    /// First characters of the key, for recognition.
    pub prefix: String,
    /// What the key may do.
    pub scopes: PermissionSet,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last use, exact to five minutes; absent for a key that was never used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_used_at: Option<Timestamp>,
}

/// A service with its live keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Name of the service.
    pub name: String,
    /// Live keys.
    #[serde(default)]
    pub keys: BTreeMap<SystemKeyId, LiveSystemKey>,
    /// Counts every key that was created or revoked.
    pub version: u64,
}

impl Service {
    /// A service without keys.
    pub const fn new(name: String) -> Self {
        Self { name, keys: BTreeMap::new(), version: 0 }
    }

    /// The live key with a digest, as the identity of a request. Each digest is compared in constant
    /// time.
    pub fn find(&self, digest: &Digest) -> Option<(SystemKeyId, &LiveSystemKey)> {
        let mut found = None;
        for (id, key) in &self.keys {
            if key.digest.matches(digest) {
                found = Some((*id, key));
            }
        }
        found
    }

    /// The identity of a request with a key.
    pub fn identity(&self, key: &LiveSystemKey) -> SystemKey {
        SystemKey { name: self.name.clone(), scopes: key.scopes.clone() }
    }

    /// The service with one more key.
    ///
    /// # Errors
    /// `INVALID_ACTION` with `keys` when two are live.
    pub fn add(mut self, id: SystemKeyId, key: LiveSystemKey) -> Result<Self, ApiError> {
        if self.keys.len() >= MAX_LIVE {
            let named: Vec<_> = self
                .keys
                .iter()
                .map(|(id, key)| serde_json::json!({ "id": id, "prefix": key.prefix, "createdAt": key.created_at, "lastUsedAt": key.last_used_at }))
                .collect();
            return Err(ApiError::invalid_action(
                "This service has two live keys, listed in `keys`. Revoke the one that is no longer used, then create a new one.",
                &["revoke"],
            )
            .with("keys", named));
        }
        self.keys.insert(id, key);
        Ok(self)
    }
}

/// Parses the name of a service.
///
/// # Errors
/// `VALIDATION_FAILED` on `name`.
pub fn service_name(text: &str) -> Result<String, ApiError> {
    if is_service_name(text) {
        return Ok(text.to_owned());
    }
    Err(ApiError::field(
        "name",
        "invalid",
        "This name is not valid. Use 2 to 32 lower-case letters, digits and hyphens, and begin with a letter.",
    ))
}

/// Whether a text can be the name of a service.
pub fn is_service_name(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;
    use crate::Permission;

    fn key(byte: u8) -> LiveSystemKey {
        LiveSystemKey {
            digest: Digest([byte; 32]),
            prefix: format!("esk_{byte}"),
            scopes: [Permission::StorageRead].into(),
            created_at: Timestamp::from_millis(0),
            last_used_at: None,
        }
    }

    fn id(n: u128) -> SystemKeyId {
        SystemKeyId::new(Ulid::from(n))
    }

    #[test]
    fn a_third_live_key_is_refused_and_both_others_are_named() {
        let two = Service::new("learning".to_owned()).add(id(1), key(1)).unwrap();
        let two = two.add(id(2), key(2)).unwrap();
        let refused = two.clone().add(id(3), key(3)).unwrap_err();
        let named = refused.extra["keys"].to_string();
        assert!(named.contains(&id(1).to_string()) && named.contains(&id(2).to_string()));
        assert_eq!(two.find(&Digest([2; 32])).map(|found| found.0), Some(id(2)));
        assert!(two.find(&Digest([3; 32])).is_none());
    }

    #[test]
    fn a_service_name_is_short_and_plain() {
        for good in ["lms", "learning-2", "a1"] {
            assert!(is_service_name(good), "{good}");
        }
        for bad in ["", "a", "-a", "1a", "Aa", "a_b", "a.b", &"a".repeat(33)] {
            assert!(!is_service_name(bad), "{bad}");
        }
    }
}

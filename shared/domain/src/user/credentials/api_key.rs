//! API keys: credentials for programs that act as the user, within the key's scopes.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use super::live_key::LiveKey;
use crate::{
    ApiError, ApiKeyId, Permission, PermissionSet, Timestamp,
    permission::UnknownPermission,
    rank::{Acting, check_grant},
    time::MINUTE,
};

/// Maximum number of API keys per user.
pub const MAX_KEYS: usize = 20;
/// Maximum length of the label of a key, in characters.
pub const MAX_NAME: usize = 64;
/// Minimum time between two writes of a key's last use, in milliseconds.
pub const LAST_USE_EVERY: i64 = 5 * MINUTE;

/// A scope of an API key: a permission, or read access to the user's own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Read access to the user's own account. It is not a permission: no role has it, and it cannot
    /// be granted.
    SelfRead,
    /// A permission that the owner holds.
    Permission(Permission),
}

/// The name of [`Scope::SelfRead`] in the API.
pub const SELF_READ: &str = "self.read";

impl Scope {
    /// The scopes of a key as the API shows them; `None` for a key without scopes.
    pub fn shown(permissions: Option<&PermissionSet>, self_read: bool) -> Option<BTreeSet<Self>> {
        let permissions = permissions?.iter().copied().map(Self::Permission);
        Some(self_read.then_some(Self::SelfRead).into_iter().chain(permissions).collect())
    }
}

/// The scopes of a new key as they are stored: permissions, and whether the key reads its user's own
/// account. A key cannot have a scope that its maker does not have, except `self.read`. A key with
/// scopes cannot create keys.
///
/// # Errors
/// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` with `missing`.
pub fn grant_scopes(
    maker: Acting<'_>,
    wanted: Option<&[Scope]>,
) -> Result<(Option<PermissionSet>, bool), ApiError> {
    let Some(wanted) = wanted else { return Ok((None, false)) };
    let permissions = wanted.iter().filter_map(|scope| match scope {
        Scope::SelfRead => None,
        Scope::Permission(permission) => Some(*permission),
    });
    let permissions: PermissionSet = permissions.collect();
    check_grant(maker, &permissions)?;
    Ok((Some(permissions), wanted.contains(&Scope::SelfRead)))
}

/// The expiry of a new key, in the future and not after `latest`, the expiry of the key that makes
/// the request; and whether it was lowered.
///
/// # Errors
/// `VALIDATION_FAILED` on `expiresAt` for a time in the past.
pub fn expiry(
    wanted: Option<Timestamp>,
    latest: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Option<Timestamp>, bool), ApiError> {
    if wanted.is_some_and(|end| end <= now) {
        return Err(ApiError::field(
            "expiresAt",
            "past",
            "The expiry is in the past. Give a time in the future, or omit it.",
        ));
    }
    let Some(wanted) = wanted else { return Ok((latest, false)) };
    let (end, clamped) = wanted.at_most(latest.unwrap_or(Timestamp::MAX_STORED));
    Ok((Some(end), clamped))
}

/// Checks that a user with this number of keys may have another one.
///
/// # Errors
/// `INVALID_ACTION`.
pub fn check_room(keys: usize) -> Result<(), ApiError> {
    if keys >= MAX_KEYS {
        return Err(ApiError::invalid_action(
            "You have the maximum of 20 API keys. Delete one first.",
            &["delete-key"],
        ));
    }
    Ok(())
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfRead => f.write_str(SELF_READ),
            Self::Permission(permission) => permission.fmt(f),
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        if text == SELF_READ { Ok(Self::SelfRead) } else { text.parse().map(Self::Permission) }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Scope {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scope".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = std::iter::once(SELF_READ)
            .chain(Permission::ALL.iter().map(|permission| permission.as_str()));
        schemars::json_schema!({"type": "string", "enum": names.collect::<Vec<_>>()})
    }
}

/// An API key as its user sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// API key id.
    pub id: ApiKeyId,
    /// Name that the user gave the key.
    pub name: String,
    /// The first characters, for recognition.
    pub prefix: String,
    /// Scopes of the key; without scopes, the key has all permissions of its user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<PermissionSet>,
    /// Whether a key with scopes reads its owner's own. It is kept apart from the permissions,
    /// since an earlier release could not read an account with an unknown one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_read: bool,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time at which the key expires.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_expires_in_the_future_and_not_after_the_key_that_makes_it() {
        let now: Timestamp = "2026-11-20".parse().unwrap();
        let [soon, later] = [now.plus(1), now.plus(2)];
        assert_eq!(expiry(None, None, now).unwrap(), (None, false));
        assert_eq!(expiry(None, Some(soon), now).unwrap(), (Some(soon), false));
        assert!(expiry(Some(now), None, now).is_err());
        assert_eq!(expiry(Some(later), None, now).unwrap(), (Some(later), false));
        assert_eq!(expiry(Some(later), Some(soon), now).unwrap(), (Some(soon), true));
    }

    #[test]
    fn a_user_has_at_most_twenty_keys() {
        assert!(check_room(MAX_KEYS - 1).is_ok());
        assert!(check_room(MAX_KEYS).is_err());
    }
}

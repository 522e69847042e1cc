//! API keys: a program acts as its owner, narrowed to the key's scopes.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, Permission, PermissionSet, Timestamp, permission::UnknownPermission, secret::Digest, time::MINUTE};

/// How many keys one person may have.
pub const MOST_KEYS: usize = 20;
/// A key's last use is written at most this often, in milliseconds.
pub const LAST_USE_EVERY: i64 = 5 * MINUTE;

/// What a key with scopes may be given: a permission of staff, or reading its owner's own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Reads what is its owner's own. It is no permission: no role has it, nobody is granted it, and it changes nothing.
    SelfRead,
    /// A permission that the owner holds.
    Permission(Permission),
}

/// How [`Scope::SelfRead`] is written.
pub const SELF_READ: &str = "self.read";

impl Scope {
    /// The scopes of a key as they are shown; nothing for a key without scopes.
    pub fn shown(permissions: Option<&PermissionSet>, self_read: bool) -> Option<BTreeSet<Self>> {
        let permissions = permissions?.iter().copied().map(Self::Permission);
        Some(self_read.then_some(Self::SelfRead).into_iter().chain(permissions).collect())
    }
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
        let names = std::iter::once(SELF_READ).chain(Permission::ALL.iter().map(|permission| permission.as_str()));
        schemars::json_schema!({"type": "string", "enum": names.collect::<Vec<_>>()})
    }
}

/// What deciding needs of a key; it stands in the principal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveKey {
    /// SHA-256 of the whole key.
    pub digest: Digest,
    /// What the key may do at most; none means all that its owner may.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<PermissionSet>,
    /// Whether a key with scopes reads its owner's own. It is kept apart from the permissions, since an earlier release could not read an account with an unknown one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_read: bool,
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
    /// Whether a key with scopes reads its owner's own. It is kept apart from the permissions, since an earlier release could not read an account with an unknown one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_read: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
}

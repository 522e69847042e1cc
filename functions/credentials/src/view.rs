//! The view of an API key, without the key itself.

use std::collections::BTreeSet;

use provost_domain::{
    ApiKeyId, Timestamp,
    api_key::{ApiKey, LiveKey, Scope},
};
use schemars::JsonSchema;
use serde::Serialize;

/// An API key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyView {
    /// API key id.
    pub id: ApiKeyId,
    /// Label of the key.
    pub name: String,
    /// First characters of the key, to recognise it.
    pub prefix: String,
    /// Scopes that limit the key; null if it can do everything that the user can.
    pub scopes: Option<BTreeSet<Scope>>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last use, accurate to five minutes; null if never used.
    pub last_used_at: Option<Timestamp>,
    /// Expiry time; null if the key does not expire.
    pub expires_at: Option<Timestamp>,
}

/// A new API key, including the key itself.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewApiKeyView {
    /// API key id.
    pub id: ApiKeyId,
    /// Label of the key.
    pub name: String,
    /// The API key. It is not shown again.
    pub key: String,
    /// First characters of the key, to recognise it.
    pub prefix: String,
    /// Scopes that limit the key; null if it can do everything that the user can.
    pub scopes: Option<BTreeSet<Scope>>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Expiry time; null if the key does not expire.
    pub expires_at: Option<Timestamp>,
    /// Whether the requested expiry was lowered to the maximum; absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clamped: bool,
}

impl ApiKeyView {
    /// The view of a key, from its description and its stored state.
    pub fn of(described: ApiKey, live: &LiveKey) -> Self {
        let ApiKey { id, name, prefix, scopes, self_read, created_at, expires_at } = described;
        let scopes = Scope::shown(scopes.as_ref(), self_read);
        Self { id, name, prefix, scopes, created_at, last_used_at: live.last_used_at, expires_at }
    }
}

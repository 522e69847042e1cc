//! An API key as its owner sees it; the key itself is not part of it.

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
    /// Its id.
    pub id: ApiKeyId,
    /// The owner's label.
    pub name: String,
    /// The first characters of the key, for recognition.
    pub prefix: String,
    /// What it may do at most; null means all that its owner may.
    pub scopes: Option<BTreeSet<Scope>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to within five minutes; null if never.
    pub last_used_at: Option<Timestamp>,
    /// When it stops working; null means never.
    pub expires_at: Option<Timestamp>,
}

/// A new API key, with the key itself.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewApiKeyView {
    /// Its id.
    pub id: ApiKeyId,
    /// The owner's label.
    pub name: String,
    /// The key. Keep it now: it is never shown again.
    pub key: String,
    /// The first characters of the key, for recognition.
    pub prefix: String,
    /// What it may do at most; null means all that its owner may.
    pub scopes: Option<BTreeSet<Scope>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; null means never.
    pub expires_at: Option<Timestamp>,
    /// Whether the end that was asked for was beyond what is possible, and lowered to that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clamped: bool,
}

impl ApiKeyView {
    /// A key by its description and by what works.
    pub fn of(described: ApiKey, live: &LiveKey) -> Self {
        let ApiKey { id, name, prefix, scopes, self_read, created_at, expires_at } = described;
        let scopes = Scope::shown(scopes.as_ref(), self_read);
        Self { id, name, prefix, scopes, created_at, last_used_at: live.last_used_at, expires_at }
    }
}

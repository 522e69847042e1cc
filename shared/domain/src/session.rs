//! Sign-ins: each attempt is remembered for 90 days, and a successful one lives as a session until it ends.

use serde::{Deserialize, Serialize};

use crate::{SessionId, Timestamp, device::Device, secret::Digest, time::{DAY, MINUTE}};

/// How long an access token lives, in milliseconds.
pub const ACCESS_TOKEN_LIFE: i64 = 10 * MINUTE;
/// How long a session lives without being refreshed, in milliseconds.
pub const SESSION_IDLE: i64 = 30 * DAY;
/// How long login history is kept, in milliseconds.
pub const HISTORY: i64 = 90 * DAY;
/// The identifier before which the history holds nothing any more: identifiers begin with their time.
pub fn oldest_kept(now: Timestamp) -> SessionId { SessionId::new(ulid::Ulid::from_parts(u64::try_from(now.plus(-HISTORY).millis()).unwrap_or(0), 0)) }
/// How many sessions one person may have; a further one ends the oldest.
pub const MOST_SESSIONS: usize = 20;

/// What deciding needs of a session; it stands in the principal, so one read decides a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveSession {
    /// When it ends unless it is refreshed before.
    pub expires_at: Timestamp,
    /// When it was last refreshed.
    pub last_active_at: Timestamp,
    /// Digest of the secret that all refresh tokens of the family share.
    pub family: Digest,
    /// Digest of the one refresh token that is good now.
    pub refresh: Digest,
    /// Whether a second factor was given.
    #[serde(default)]
    pub mfa: bool,
    /// Kept after its owner asked for deletion, only to see and cancel that request.
    #[serde(default)]
    pub leaving: bool,
}

/// How a sign-in attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInStatus {
    /// It made a session.
    Success,
    /// It did not; `reason` says why.
    Failed,
}

/// One attempt to sign in: the login history's entry and, when it succeeded, the session's description.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The session that it made or would have made.
    pub id: SessionId,
    /// When.
    pub created_at: Timestamp,
    /// Success or failure.
    pub status: SignInStatus,
    /// Why it failed: `wrong_password`, `locked`, `suspended` …
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The caller's address as the gateway saw it.
    pub ip: String,
    /// The user agent, at most 512 characters of it.
    pub user_agent: String,
    /// What it was told to run on.
    pub device: Device,
    /// `password`, later also others.
    pub auth_method: String,
    /// Whether a second factor was given.
    #[serde(default)]
    pub mfa: bool,
    /// Who acts here in the person's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub impersonated_by: Option<String>,
}

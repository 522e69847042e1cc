//! Sign-ins: each attempt is recorded for 90 days, and a successful one is also a session until it
//! ends.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};

use crate::{
    SessionId, Timestamp,
    device::Device,
    secret::HalfDigest,
    stored_enum::stored_enum,
    time::{DAY, MINUTE},
};

/// Lifetime of an access token, in milliseconds.
pub const ACCESS_TOKEN_LIFE: i64 = 10 * MINUTE;
/// Lifetime of a session without a refresh, in milliseconds.
pub const SESSION_IDLE: i64 = 30 * DAY;
/// Retention time of the login history, in milliseconds.
pub const HISTORY: i64 = 90 * DAY;
/// All login history with lower ids than this has expired: ids begin with their time.
pub fn oldest_kept(now: Timestamp) -> SessionId {
    SessionId::new(ulid::Ulid::from_parts(
        u64::try_from(now.plus(-HISTORY).millis()).unwrap_or(0),
        0,
    ))
}
/// Maximum number of sessions per user; a new one ends the oldest.
pub const MAX_SESSIONS: usize = 20;

/// The part of a session that access checks need; stored in the user's account, so that one read
/// decides a request.
///
/// Stored as one short text to keep the account item small, even with twenty sessions: every write
/// is billed by the KiB.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// Time at which the session ends unless it is refreshed.
    pub expires_at: Timestamp,
    /// Time of the last refresh.
    pub last_active_at: Timestamp,
    /// Digest of the secret that all refresh tokens of the family share.
    pub family: HalfDigest,
    /// Digest of the refresh token that is currently valid.
    pub refresh: HalfDigest,
    /// Whether the sign-in used a second factor.
    pub mfa: bool,
    /// Kept after the user requested deletion, only to see and cancel that request.
    pub pending_deletion: bool,
    /// Data that a later release stored in the session; written back unchanged.
    pub later: Later,
}

/// The part of a stored session that this release cannot interpret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Later {
    flags: u8,
    bytes: Box<[u8]>,
}

/// Bytes of a stored session: two times of six bytes, two digests of sixteen, and the flags. Bytes
/// appended by a later release are kept.
const STORED: usize = 6 + 6 + 16 + 16 + 1;
/// The known flags.
const MFA: u8 = 1;
const PENDING_DELETION: u8 = 2;

impl Serialize for LiveSession {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(STORED);
        for time in [self.expires_at, self.last_active_at] {
            bytes.extend_from_slice(&time.millis().to_be_bytes()[2..]);
        }
        bytes.extend_from_slice(&self.family.0);
        bytes.extend_from_slice(&self.refresh.0);
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        bytes.push(
            flag(self.mfa, MFA) | flag(self.pending_deletion, PENDING_DELETION) | self.later.flags,
        );
        bytes.extend_from_slice(&self.later.bytes);
        serializer.serialize_str(&BASE64.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for LiveSession {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a stored session has at least 45 bytes"))
    }
}

impl LiveSession {
    fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() >= STORED)?;
        let time = |at: usize| {
            Timestamp::from_millis(
                bytes[at..at + 6].iter().fold(0, |millis, byte| millis << 8 | i64::from(*byte)),
            )
        };
        let half = |at: usize| {
            let mut half = [0; 16];
            half.copy_from_slice(&bytes[at..at + 16]);
            HalfDigest(half)
        };
        Some(Self {
            expires_at: time(0),
            last_active_at: time(6),
            family: half(12),
            refresh: half(28),
            mfa: bytes[44] & MFA != 0,
            pending_deletion: bytes[44] & PENDING_DELETION != 0,
            later: Later {
                flags: bytes[44] & !(MFA | PENDING_DELETION),
                bytes: bytes[STORED..].into(),
            },
        })
    }
}

/// Reads the sessions of a user. A session that cannot be read is dropped, so that the user's
/// account stays readable.
///
/// # Errors
/// When this is not a map of sessions.
pub fn readable_sessions<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<SessionId, LiveSession>, D::Error> {
    let stored = BTreeMap::<SessionId, Cow<'de, str>>::deserialize(deserializer)?;
    Ok(stored.into_iter().filter_map(|(id, text)| Some((id, LiveSession::parse(&text)?))).collect())
}

stored_enum! {
    /// Result of a sign-in attempt.
    pub enum SignInStatus {
        /// The attempt created a session.
        Success = "success",
        /// The attempt failed, for the reason in `reason`.
        Failed = "failed",
    }
}

/// A sign-in attempt: the entry in the login history and, if it succeeded, the description of the
/// session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Id of the session that the attempt created. A failed attempt has an id without a session.
    pub id: SessionId,
    /// Time of the attempt.
    pub created_at: Timestamp,
    /// Result of the attempt.
    pub status: SignInStatus,
    /// Reason for the failure, such as `wrong_password`, `locked` or `suspended`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// IP address as seen by the gateway.
    pub ip: String,
    /// Country of the attempt, if the network reports it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub country: Option<crate::Country>,
    /// The user agent, at most 512 characters.
    pub user_agent: String,
    /// Device, as the user agent describes it.
    pub device: Device,
    /// Authentication method, such as `password`.
    pub auth_method: String,
    /// Whether the sign-in used a second factor.
    #[serde(default)]
    pub mfa: bool,
    /// Staff member who impersonates the user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub impersonated_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_back_as_it_was_stored() {
        let at = |millis| Timestamp::from_millis(millis);
        let session = LiveSession {
            expires_at: at(253_402_300_799_999),
            last_active_at: at(1_795_190_400_007),
            family: HalfDigest([7; 16]),
            refresh: HalfDigest([9; 16]),
            mfa: true,
            pending_deletion: false,
            later: Later::default(),
        };
        let stored = serde_json::to_string(&session).unwrap();
        assert_eq!(stored.len(), 62);
        let read: LiveSession = serde_json::from_str(&stored).unwrap();
        assert_eq!(
            (read.expires_at, read.last_active_at, read.mfa, read.pending_deletion),
            (session.expires_at, session.last_active_at, true, false)
        );
        assert!(
            read.family.matches(&session.family)
                && read.refresh.matches(&session.refresh)
                && !read.family.matches(&session.refresh)
        );
        assert!(serde_json::from_str::<LiveSession>("\"AAAA\"").is_err());
    }

    #[test]
    fn data_that_a_later_release_adds_to_a_session_is_written_back() {
        let mut bytes = vec![1; STORED];
        bytes[STORED - 1] = MFA | 0b1000;
        bytes.extend_from_slice(b"more");
        let stored = serde_json::Value::from(BASE64.encode(&bytes));
        let read: LiveSession = serde_json::from_value(stored.clone()).unwrap();
        assert!(read.mfa && !read.pending_deletion);
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
        let marked = serde_json::to_value(LiveSession { pending_deletion: true, ..read }).unwrap();
        assert_eq!(
            BASE64.decode(marked.as_str().unwrap()).unwrap()[STORED - 1],
            MFA | PENDING_DELETION | 0b1000
        );
    }

    #[test]
    fn an_unreadable_session_is_dropped_and_the_others_stay() {
        #[derive(Deserialize)]
        struct User {
            #[serde(deserialize_with = "readable_sessions")]
            sessions: BTreeMap<SessionId, LiveSession>,
        }
        let [good, bad] = [1_u128, 2].map(|n| SessionId::new(ulid::Ulid::from(n)));
        let stored = BASE64.encode([1; STORED]);
        let user: User =
            serde_json::from_value(serde_json::json!({ "sessions": { good.to_string(): stored, bad.to_string(): "AAAA" } })).unwrap();
        assert_eq!(user.sessions.into_keys().collect::<Vec<_>>(), [good]);
    }
}

//! Share links: one archive, for a recipient without an account, with a limited number of downloads
//! and a limited lifetime.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, Code, ExportId, Pseudonym, ShareLinkId, Timestamp, UserId, time::HOUR};

/// Number of wrong passwords after which the link is locked.
pub const PASSWORD_TRIES: u32 = 5;
/// Maximum lifetime, in hours.
pub const MAX_HOURS: u32 = 720;
/// Maximum number of downloads.
pub const MAX_DOWNLOADS: u32 = 100;
/// Maximum number of recorded visits.
pub const MAX_TRAIL: usize = 400;

/// A visit to a share link that requested the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Visit {
    /// Time of the visit.
    pub at: Timestamp,
    /// IP address of the visitor.
    pub ip: String,
    /// User agent of the visitor.
    pub user_agent: String,
    /// Result of the visit: `redeemed` or `wrong_password`.
    pub outcome: String,
}

/// A share link. It is stored under the digest of its token, so that redeeming it takes one
/// request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareLink {
    /// Share link id. The id does not open the link.
    pub id: ShareLinkId,
    /// Export id of the archive.
    pub job_id: ExportId,
    /// User id of the exported account.
    pub user_id: UserId,
    /// Size of the archive in bytes.
    pub size: u64,
    /// Time at which the link expires.
    pub expires_at: Timestamp,
    /// Maximum number of downloads.
    pub max_downloads: u32,
    /// Number of downloads left.
    pub remaining: u32,
    /// Argon2id hash of the password.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password_hash: Option<String>,
    /// Number of wrong passwords left before the link is locked.
    pub tries_left: u32,
    /// Number of counted attempts whose password is still being checked. Each uses one of the
    /// remaining attempts.
    #[serde(default)]
    pub attempts_pending: u32,
    /// Time at which the link was revoked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked_at: Option<Timestamp>,
    /// Note about the purpose of the link.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// Pseudonym of the staff member who created the link.
    pub created_by: Pseudonym,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Visits that requested the archive.
    #[serde(default)]
    pub trail: Vec<Visit>,
}

impl ShareLink {
    /// Checks that the link can be used. It cannot from the instant of its expiry.
    ///
    /// # Errors
    /// `LINK_REVOKED`, `LINK_EXPIRED` or `LINK_USED_UP`, in this order.
    pub fn check_open(&self, now: Timestamp) -> Result<(), ApiError> {
        let refuse = |code, detail: &str| Err(ApiError::new(code, detail));
        if self.revoked_at.is_some() {
            return refuse(
                Code::LinkRevoked,
                "This link has been revoked. Ask the sender for a new one.",
            );
        }
        if now >= self.expires_at {
            return refuse(
                Code::LinkExpired,
                "This link has expired. Ask the sender for a new one.",
            );
        }
        if self.remaining == 0 {
            return refuse(
                Code::LinkUsedUp,
                "This link has reached its download limit. Ask the sender for a new one.",
            );
        }
        // While attempts are pending, one of them may have the right password and reopen the link.
        if self.tries_left == 0 && self.attempts_pending == 0 {
            return Err(Self::locked());
        }
        Ok(())
    }

    /// Whether an attempt must wait for the outcome of pending ones, which use all remaining
    /// attempts.
    pub fn must_wait(&self, now: Timestamp) -> bool {
        self.tries_left == 0 && self.check_open(now).is_ok()
    }

    /// The error for a link that is locked after too many wrong passwords.
    pub fn locked() -> ApiError {
        ApiError::new(
            Code::LinkRevoked,
            "This link was locked after too many wrong passwords. Ask the sender for a new one.",
        )
    }
}

/// The expiry of a link that is created now.
pub fn expiry(now: Timestamp, hours: u32) -> Timestamp {
    now.plus(i64::from(hours) * HOUR)
}

impl ShareLink {
    /// The file name of the archive.
    pub fn file_name(&self) -> String {
        format!("provost-export-{}.zip.age", self.job_id)
    }
}

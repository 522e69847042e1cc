//! Share links: one archive, for someone without an account, a limited number of times, for a limited time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Code, ExportId, Pseudonym, Refused, ShareLinkId, Timestamp, UserId, time::HOUR};

/// How often a wrong password may be given before the link closes itself.
pub const PASSWORD_TRIES: u32 = 5;
/// The longest life, in hours.
pub const LONGEST_HOURS: u32 = 720;
/// The most downloads.
pub const MOST_DOWNLOADS: u32 = 100;
/// How many entries the trail keeps.
pub const LONGEST_TRAIL: usize = 400;

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

/// One link. It is stored under the digest of its token, so that redeeming it is one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareLink {
    /// Its id, which opens nothing.
    pub id: ShareLinkId,
    /// The archive.
    pub job_id: ExportId,
    /// Whose data it holds.
    pub user_id: UserId,
    /// Bytes of the archive.
    pub size: u64,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// How often it may be redeemed.
    pub max_downloads: u32,
    /// How often it still may.
    pub remaining: u32,
    /// Argon2id of the password.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password_hash: Option<String>,
    /// Wrong passwords left.
    pub tries_left: u32,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked_at: Option<Timestamp>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// Who made it.
    pub created_by: Pseudonym,
    /// When.
    pub created_at: Timestamp,
    /// Who asked for the archive by it.
    #[serde(default)]
    pub trail: Vec<Visit>,
}

impl ShareLink {
    /// Whether the link still opens anything. At the instant of its expiry it no longer does.
    ///
    /// # Errors
    /// `LINK_REVOKED`, `LINK_EXPIRED` or `LINK_USED_UP`, in this order.
    pub fn check_open(&self, now: Timestamp) -> Result<(), Refused> {
        let refuse = |code, detail: &str| Err(Refused::new(code, detail));
        if self.revoked_at.is_some() {
            return refuse(Code::LinkRevoked, "This link has been revoked. Ask the sender for a new one.");
        }
        if now >= self.expires_at {
            return refuse(Code::LinkExpired, "This link has expired. Ask the sender for a new one.");
        }
        if self.remaining == 0 {
            return refuse(Code::LinkUsedUp, "This link has reached its download limit. Ask the sender for a new one.");
        }
        if self.tries_left == 0 {
            return refuse(Code::LinkRevoked, "This link was locked after too many wrong passwords. Ask the sender for a new one.");
        }
        Ok(())
    }
}

/// When a link made now expires.
pub fn expiry(now: Timestamp, hours: u32) -> Timestamp {
    now.plus(i64::from(hours) * HOUR)
}

impl ShareLink {
    /// The name under which the archive is saved.
    pub fn file_name(&self) -> String {
        format!("provost-export-{}.zip.age", self.job_id)
    }
}

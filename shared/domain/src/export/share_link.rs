//! Share links: one archive, for a recipient without an account, with a limited number of downloads
//! and a limited lifetime.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, ExportId, Pseudonym, ShareLinkId, Timestamp, UserId, export::ExportJob,
    password::prepare, time::HOUR,
};

/// Number of wrong passwords after which the link is locked.
pub const PASSWORD_TRIES: u32 = 5;
/// Default lifetime, in hours.
pub const DEFAULT_HOURS: u32 = 24;
/// Maximum lifetime, in hours.
pub const MAX_HOURS: u32 = 720;
/// Maximum number of downloads.
pub const MAX_DOWNLOADS: u32 = 100;
/// Maximum number of recorded visits.
pub const MAX_TRAIL: usize = 400;

/// Lifetime and number of downloads of a new link, both within their limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkLimits {
    hours: u32,
    max_downloads: u32,
}

impl LinkLimits {
    /// Checks the limits of a link. Without values, a link lives for [`DEFAULT_HOURS`] and allows one
    /// download.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `expiresInHours` or `maxDownloads`.
    pub fn new(hours: Option<u32>, max_downloads: Option<u32>) -> Result<Self, ApiError> {
        Ok(Self {
            hours: within("expiresInHours", hours.unwrap_or(DEFAULT_HOURS), MAX_HOURS)?,
            max_downloads: within("maxDownloads", max_downloads.unwrap_or(1), MAX_DOWNLOADS)?,
        })
    }
}

fn within(field: &str, given: u32, most: u32) -> Result<u32, ApiError> {
    if (1..=most).contains(&given) {
        return Ok(given);
    }
    Err(ApiError::field(
        field,
        "out_of_range",
        format!("This number is out of range. Enter a number from 1 to {most}."),
    ))
}

/// Checks the length of a link's password.
///
/// # Errors
/// `VALIDATION_FAILED` on `password`.
pub fn check_password(password: &str) -> Result<(), ApiError> {
    if (8..=128).contains(&prepare(password).chars().count()) {
        return Ok(());
    }
    Err(ApiError::field(
        "password",
        "length",
        "This password is too short or too long. Use 8 to 128 characters, or omit the field.",
    ))
}

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
    /// A new link for the archive of an export, without a password and a note.
    pub fn of(
        job: &ExportJob,
        id: ShareLinkId,
        created_by: Pseudonym,
        limits: LinkLimits,
        now: Timestamp,
    ) -> Self {
        let wanted = expiry(now, limits.hours);
        Self {
            id,
            job_id: job.id,
            user_id: job.user_id,
            size: job.size.unwrap_or(0),
            expires_at: job.expires_at.map_or(wanted, |end| end.min(wanted)),
            max_downloads: limits.max_downloads,
            remaining: limits.max_downloads,
            password_hash: None,
            tries_left: PASSWORD_TRIES,
            attempts_pending: 0,
            revoked_at: None,
            note: None,
            created_by,
            created_at: now,
            trail: Vec::new(),
        }
    }

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

    /// The error for a visitor who gives no password for a link that has one.
    pub fn password_required() -> ApiError {
        ApiError::field(
            "password",
            "required",
            "This link requires a password. Ask the sender for it.",
        )
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

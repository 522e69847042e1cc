//! Impersonation: a staff member acts as a user for a while, under rules that are checked with every
//! request.

use serde::{Deserialize, Serialize};

pub use super::impersonation_mode::{ImpersonationMode, ImpersonationPolicy, LiveImpersonation};
use crate::{
    ApiError, Code, Pseudonym, SessionId, Timestamp, User, UserId,
    audit::Subject,
    rank::{Acting, check_rank, permission_denied},
    stored_enum::stored_enum,
};

/// For how long ended impersonations are listed, in milliseconds; as long as sign-ins.
pub const KEPT: i64 = crate::session::HISTORY;

stored_enum! {
    /// How an impersonation ended before its time.
    pub enum ImpersonationEnd {
        /// The staff member stopped it.
        Stopped = "stopped",
        /// Another staff member ended it.
        Forced = "forced",
    }
}

/// An impersonation as it is listed, for 90 days after its start.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Impersonation {
    /// Its id.
    pub id: SessionId,
    /// What it allows.
    pub mode: ImpersonationMode,
    /// The staff member.
    pub actor: Pseudonym,
    /// The user.
    #[serde(rename = "subjectId")]
    pub target_id: UserId,
    /// The reason, sealed under the key of the user.
    pub sealed_reason: String,
    /// Start.
    #[serde(rename = "createdAt")]
    pub started_at: Timestamp,
    /// When it ends, or would have ended.
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// How it was ended before its time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<ImpersonationEnd>,
}

impl Impersonation {
    /// Whether its time is not over and nobody ended it. It may still have ended with the session of
    /// the staff member.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// A staff member who acts as a user.
#[derive(Debug, Clone)]
pub struct Impersonator {
    /// The staff member, as named in the audit log.
    pub actor: Subject,
    /// What they may do.
    pub mode: ImpersonationMode,
}

impl Impersonator {
    /// A staff member who may act as `target` now. It is decided with every request, so that a ban,
    /// a change of role or the user's policy takes effect immediately.
    ///
    /// # Errors
    /// As [`User::check_usable`] for the staff member; `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`
    /// without the permissions of the mode; `CANNOT_MODIFY_SELF` or `OUTRANKED` by rank, and for
    /// root administrators; `INVALID_ACTION` when the user's account cannot be used, or by the
    /// user's policy.
    pub fn check(
        actor: Acting<'_>,
        target: &User,
        mode: ImpersonationMode,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        actor.user.check_usable(now)?;
        let required = mode.required().iter().copied();
        let missing: Vec<_> =
            required.filter(|permission| !actor.permissions.contains(permission)).collect();
        if !missing.is_empty() {
            return Err(permission_denied(&missing));
        }
        check_rank(actor, target)?;
        if target.is_root() {
            return Err(ApiError::new(
                Code::Outranked,
                "Nobody can act as a root administrator. Ask them to show you what they see.",
            ));
        }
        if target.check_usable(now).is_err() {
            return Err(ApiError::invalid_action(
                "This account cannot be used at the moment, so nobody can act as this user.",
                &[],
            ));
        }
        if !target.impersonation_policy.allows() {
            return Err(ApiError::invalid_action(
                "This user does not allow staff to act as them. Ask the user to change the setting.",
                &[],
            ));
        }
        Ok(Self { actor: actor.user.subject(), mode })
    }
}

//! Suspensions and bans of an account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Status, User};
use crate::{ApiError, Pseudonym, SuspensionId, Timestamp, stored_enum::stored_enum};

stored_enum! {
    /// Kind of suspension.
    pub enum SuspensionKind {
        /// Suspended during an investigation.
        Suspension = "suspension",
        /// Banned.
        Ban = "ban",
    }
}

/// A suspension or ban of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// Id of the suspension; absent if a release before this one stored it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<SuspensionId>,
    /// Kind of suspension.
    pub kind: SuspensionKind,
    /// Reason for the suspension.
    pub reason: String,
    /// Pseudonym of the staff member who suspended the account. A pseudonym, because the item
    /// belongs to the suspended user.
    pub by: Pseudonym,
    /// Time at which the suspension took effect.
    pub at: Timestamp,
    /// Time at which the suspension ends automatically. Absent if it has no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// Status of the account before the suspension, to which it returns.
    pub before: Status,
}

/// Maximum number of past suspensions that an account keeps; the audit log has them all.
pub const MAX_PAST_SUSPENSIONS: usize = 10;

/// A suspension that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PastSuspension {
    /// Kind of suspension.
    pub kind: SuspensionKind,
    /// Reason for the suspension.
    pub reason: String,
    /// Pseudonym of the staff member who suspended the account.
    pub by: Pseudonym,
    /// Time at which the suspension took effect.
    pub at: Timestamp,
    /// Time at which the suspension was due to end; null if it had no end.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Time at which the suspension ended, on its due date or earlier by a decision of staff.
    pub ended_at: Timestamp,
}

impl User {
    /// Whether the account is banned, also while its deletion is pending.
    pub fn is_banned(&self) -> bool {
        self.standing() == Status::Suspended
            && self
                .suspension
                .as_ref()
                .is_some_and(|suspension| suspension.kind == SuspensionKind::Ban)
    }

    /// Whether a temporary suspension has ended, even if the scheduler has not lifted it yet.
    pub fn suspension_over(&self, now: Timestamp) -> bool {
        self.suspension.as_ref().and_then(|s| s.expires_at).is_some_and(|end| now >= end)
    }

    /// Suspends or bans the account and ends its credentials. If a deletion is pending, the
    /// suspension takes effect once the deletion is cancelled.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is already suspended or being erased.
    pub fn suspend(mut self, suspension: Suspension, now: Timestamp) -> Result<Self, ApiError> {
        match self.standing() {
            _ if self.is_being_erased() => {
                return Err(ApiError::invalid_action(
                    "This account is being erased and can no longer be changed.",
                    &[],
                ));
            }
            Status::Active | Status::Inactive | Status::PendingVerification => {}
            Status::Suspended if self.suspension_over(now) => {}
            Status::Suspended => {
                return Err(ApiError::invalid_action(
                    "This account is already suspended. Lift the suspension first.",
                    &["unban"],
                ));
            }
            Status::Unknown(_) => {
                return Err(ApiError::invalid_action(
                    "This version does not know the status of this account. Try again later.",
                    &[],
                ));
            }
            Status::Deleted => {
                return Err(ApiError::invalid_action(
                    "This account is scheduled for deletion. Cancel the deletion first.",
                    &["cancel-deletion"],
                ));
            }
        }
        let standing = self.standing();
        let before = self.remember_suspension(now).map_or(standing, |earlier| earlier.before);
        self.set_standing(Status::Suspended);
        self.suspension = Some(Suspension { before, ..suspension });
        self.end_credentials();
        Ok(self.changed(now))
    }

    /// Lifts a suspension; the account gets the status `to`, by default its previous one, or its
    /// deletion stays pending.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is not suspended or is being erased.
    pub fn unsuspend(mut self, to: Option<Status>, now: Timestamp) -> Result<Self, ApiError> {
        if self.standing() != Status::Suspended || self.is_being_erased() {
            return Err(ApiError::invalid_action(
                "This account is not suspended or banned.",
                &["ban"],
            ));
        }
        let before =
            self.remember_suspension(now).map_or(Status::Active, |suspension| suspension.before);
        self.set_standing(to.unwrap_or(before));
        Ok(self.changed(now))
    }

    /// Removes the suspension and records it among the past ones.
    fn remember_suspension(&mut self, now: Timestamp) -> Option<Suspension> {
        let over = self.suspension.take()?;
        let past = PastSuspension {
            kind: over.kind,
            reason: over.reason.clone(),
            by: over.by,
            at: over.at,
            expires_at: over.expires_at,
            ended_at: over.expires_at.map_or(now, |end| end.min(now)),
        };
        self.past_suspensions.insert(0, past);
        self.past_suspensions.truncate(MAX_PAST_SUSPENSIONS);
        Some(over)
    }
}

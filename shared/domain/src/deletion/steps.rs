//! The steps of a deletion request, from one status to the next.

use super::{DeletionRequest, DeletionState, Hold};
use crate::{ApiError, Code, Rank, Timestamp, job::LongJob};

/// The user who cancels a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelledBy {
    /// The user whose account is to be erased.
    Owner,
    /// A staff member with this rank.
    Staff(Rank),
}

impl DeletionRequest {
    fn refuse(&self, wish: &str) -> ApiError {
        let (why, allowed): (&str, &[&str]) = match self.state {
            DeletionState::Scheduled => ("it is scheduled", &["cancel", "expedite", "hold"]),
            DeletionState::Held => {
                return ApiError::new(
                    Code::LegalHold,
                    format!("You cannot {wish} this deletion because a legal hold is in place. Release the hold first."),
                )
                .with("allowed", vec!["lift-hold", "cancel"]);
            }
            DeletionState::Executing => ("it is in progress", &[]),
            DeletionState::Erased => ("the account is erased", &[]),
            DeletionState::Cancelled => ("it was cancelled", &[]),
            DeletionState::Blocked => ("it is blocked", &["cancel", "expedite", "hold"]),
            DeletionState::Unknown(_) => ("this version does not know its status", &[]),
        };
        ApiError::invalid_action(format!("You cannot {wish} this deletion: {why}."), allowed)
    }

    /// Makes the request due now.
    ///
    /// # Errors
    /// `LEGAL_HOLD` while held; `INVALID_ACTION` when it has ended or is in progress.
    pub fn expedite(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if !matches!(self.state, DeletionState::Scheduled | DeletionState::Blocked) {
            return Err(self.refuse("expedite"));
        }
        self.state = DeletionState::Scheduled;
        self.blocked = None;
        self.due_at = self.due_at.min(now);
        Ok(self.changed())
    }

    /// Cancels it. A legal hold stays on the account.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it has ended or is in progress, or for the user when it is a purge;
    /// `OUTRANKED` for staff below root when it is a purge.
    pub fn cancel(mut self, by: CancelledBy, now: Timestamp) -> Result<Self, ApiError> {
        if !self.is_open() {
            return Err(self.refuse("cancel"));
        }
        if self.is_purge() {
            match by {
                CancelledBy::Staff(Rank::Root) => {}
                CancelledBy::Staff(_) => {
                    return Err(ApiError::new(
                        Code::Outranked,
                        "A root administrator purged this account. Ask a root administrator to cancel the deletion.",
                    ));
                }
                CancelledBy::Owner => {
                    return Err(ApiError::invalid_action(
                        "This deletion cannot be cancelled. Contact support if you have questions.",
                        &[],
                    ));
                }
            }
        }
        self.state = DeletionState::Cancelled;
        self.hold = None;
        self.ended_at = Some(now);
        Ok(self.changed())
    }

    /// Stops the request under the account's legal hold.
    ///
    /// # Errors
    /// `INVALID_ACTION` unless it is scheduled or blocked.
    pub fn hold(mut self, hold: Hold) -> Result<Self, ApiError> {
        match self.state {
            DeletionState::Scheduled | DeletionState::Blocked => {}
            DeletionState::Held => {
                return Err(ApiError::invalid_action(
                    "A legal hold is already in place for this deletion.",
                    &["lift-hold"],
                ));
            }
            _ => return Err(self.refuse("place a hold on")),
        }
        self.state = DeletionState::Held;
        self.hold = Some(hold);
        Ok(self.changed())
    }

    /// Releases the hold; the request waits for its due time again.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is not held.
    pub fn lift_hold(mut self) -> Result<Self, ApiError> {
        if self.state != DeletionState::Held {
            return Err(ApiError::invalid_action(
                "No legal hold is in place for this deletion.",
                &["hold"],
            ));
        }
        self.state = DeletionState::Scheduled;
        self.hold = None;
        Ok(self.changed())
    }

    /// Starts or resumes the erasure, from the instant the request is due.
    ///
    /// # Errors
    /// `LEGAL_HOLD` while held; `INVALID_ACTION` when it is not due or has ended.
    pub fn execute(self, now: Timestamp) -> Result<Self, ApiError> {
        let refused = self.refuse("execute");
        match self.state {
            DeletionState::Executing => {}
            DeletionState::Scheduled if self.due_at <= now => {}
            _ => return Err(refused),
        }
        self.claimed(now).ok_or(refused)
    }

    /// Blocks the request, because the worker cannot continue.
    #[must_use]
    pub fn block(mut self, why: String) -> Self {
        self.state = DeletionState::Blocked;
        self.blocked = Some(why);
        self.changed()
    }

    /// Unblocks the request; it waits for its due time again.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is not blocked.
    pub fn unblock(mut self) -> Result<Self, ApiError> {
        if self.state != DeletionState::Blocked {
            return Err(self.refuse("unblock"));
        }
        self.state = DeletionState::Scheduled;
        self.blocked = None;
        Ok(self.changed())
    }

    /// Completes the request after the erasure and removes the user's identifying data from it.
    #[must_use]
    pub fn erased(mut self, receipt: String, now: Timestamp) -> Self {
        self.state = DeletionState::Erased;
        self.user_id = None;
        self.reason = None;
        self.blocked = None;
        self.checkpoint.cursor = None;
        self.checkpoint.buckets.clear();
        self.receipt = Some(receipt);
        self.ended_at = Some(now);
        self.changed()
    }
}

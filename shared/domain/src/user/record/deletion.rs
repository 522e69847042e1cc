//! The deletion that an account waits for, and its restoration.

use serde::{Deserialize, Serialize};

use super::{Status, User};
use crate::{ApiError, DeletionId, SessionId, Timestamp, session::LiveSession};

/// The deletion that an account waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingDeletion {
    /// Deletion request id.
    pub id: DeletionId,
    /// Time from which the account can be erased.
    pub due_at: Timestamp,
    /// Status of the account before the deletion, to which it returns when the request is
    /// cancelled.
    pub before: Status,
    /// Set by the worker at the point of no return: the deletion can no longer be cancelled, and no
    /// export may start.
    #[serde(default)]
    pub executing: bool,
}

impl User {
    /// Checks that the account is not scheduled for deletion.
    ///
    /// # Errors
    /// `INVALID_ACTION`.
    pub fn check_not_scheduled_for_deletion(&self) -> Result<(), ApiError> {
        if self.status != Status::Deleted {
            return Ok(());
        }
        Err(ApiError::invalid_action(
            "This account is scheduled for deletion. Cancel the deletion first.",
            &["cancel-deletion"],
        ))
    }

    /// Soft-deletes the account for a deletion request and ends its credentials, except one session
    /// with which the user can still see and cancel the request.
    ///
    /// # Errors
    /// `INVALID_ACTION` when it is already deleted.
    pub fn delete(
        mut self,
        deletion: PendingDeletion,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        if self.status == Status::Deleted {
            return Err(ApiError::invalid_action(
                "This account is already scheduled for deletion.",
                &["cancel", "expedite"],
            ));
        }
        let kept = keep.and_then(|id| {
            self.sessions
                .remove(&id)
                .map(|session| (id, LiveSession { pending_deletion: true, ..session }))
        });
        self.end_credentials();
        self.sessions.extend(kept);
        self.deletion = Some(PendingDeletion { before: self.status, ..deletion });
        self.status = Status::Deleted;
        self.deleted_at = Some(now);
        Ok(self.changed(now))
    }

    /// Cancels the deletion: the account is restored, with its legal hold, and its sessions stay
    /// revoked.
    ///
    /// # Errors
    /// `INVALID_ACTION` when no deletion is pending or it is past the point of no return.
    pub fn restore_from_deletion(mut self, now: Timestamp) -> Result<Self, ApiError> {
        let Some(deletion) = self.deletion.take() else {
            return Err(ApiError::invalid_action("This account has no pending deletion.", &[]));
        };
        if deletion.executing {
            return Err(ApiError::invalid_action(
                "The account is being erased. The deletion can no longer be cancelled.",
                &[],
            ));
        }
        self.status = deletion.before;
        self.deleted_at = None;
        self.end_credentials();
        Ok(self.changed(now))
    }

    /// Restores the account on behalf of staff. Email address and phone number must be confirmed
    /// again, and privileged roles assigned again. A suspension, a legal hold and the second factor
    /// stay.
    ///
    /// # Errors
    /// `INVALID_ACTION` when no deletion is pending or it is past the point of no return.
    pub fn restore(self, now: Timestamp) -> Result<Self, ApiError> {
        let mut kept = self.restore_from_deletion(now)?;
        // The address must be confirmed again, but this is not the first confirmation, so the
        // second factor stays.
        kept.confirmed_once = !kept.never_confirmed();
        match &mut kept.suspension {
            Some(suspension) if kept.status == Status::Suspended => {
                suspension.before = Status::PendingVerification
            }
            // A status of a later release stays: this one cannot tell whether it blocks the account.
            _ if kept.status == Status::Suspended || !kept.status.is_known() => {}
            _ => kept.status = Status::PendingVerification,
        }
        kept.email_verified = false;
        kept.phone_verified = false;
        kept.remove_roles();
        kept.grants.clear();
        kept.temporary_grants.clear();
        Ok(kept)
    }
}

//! The legal hold on an account.

use super::User;
use crate::{
    ApiError, Code, Timestamp,
    deletion::{DeletionRequest, Hold},
};

impl User {
    /// Places a legal hold on the account.
    ///
    /// # Errors
    /// `INVALID_ACTION` when a hold already exists or it is being erased.
    pub fn place_hold(mut self, hold: Hold, now: Timestamp) -> Result<Self, ApiError> {
        if self.is_being_erased() {
            return Err(ApiError::invalid_action(
                "This account is being erased, so you can no longer place a hold.",
                &[],
            ));
        }
        if self.hold.is_some() {
            return Err(ApiError::invalid_action(
                "A legal hold is already in place for this account.",
                &["lift-hold"],
            ));
        }
        self.hold = Some(hold);
        Ok(self.changed(now))
    }

    /// Releases the legal hold.
    ///
    /// # Errors
    /// `INVALID_ACTION` when there is no hold.
    pub fn lift_hold(mut self, now: Timestamp) -> Result<Self, ApiError> {
        if self.hold.take().is_none() {
            return Err(ApiError::invalid_action(
                "No legal hold is in place for this account.",
                &["hold"],
            ));
        }
        Ok(self.changed(now))
    }

    /// The same account with the hold of its pending request: older versions stored the hold only
    /// in the request.
    #[must_use]
    pub fn with_hold_of(mut self, request: Option<&DeletionRequest>) -> Self {
        if self.hold.is_none() {
            self.hold = request.and_then(|request| request.hold.clone());
        }
        self
    }

    /// Checks that no legal hold protects the account from erasure.
    ///
    /// # Errors
    /// `LEGAL_HOLD`.
    pub fn check_not_held(&self) -> Result<(), ApiError> {
        if self.hold.is_none() {
            return Ok(());
        }
        Err(ApiError::new(
            Code::LegalHold,
            "A legal hold protects this account from erasure. Release the hold first.",
        )
        .with("allowed", vec!["lift-hold"]))
    }
}

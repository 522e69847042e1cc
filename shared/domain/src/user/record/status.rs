//! Changes of status by staff: between active, inactive and waiting for verification.

use serde_json::Value;

use super::{Status, User};
use crate::{ApiError, Timestamp};

impl Status {
    /// The statuses that staff can give an account in this one.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::PendingVerification => &[Self::Active, Self::Suspended, Self::Deleted],
            Self::Active => {
                &[Self::PendingVerification, Self::Inactive, Self::Suspended, Self::Deleted]
            }
            Self::Inactive => &[Self::Active, Self::Suspended, Self::Deleted],
            Self::Suspended => &[Self::Active, Self::Inactive, Self::Deleted],
            Self::Deleted => &[Self::PendingVerification],
            Self::Unknown(_) => &[],
        }
    }
}

impl User {
    /// Checks that staff can give the account this status.
    ///
    /// # Errors
    /// `INVALID_ACTION` with `allowed`.
    pub fn check_next_status(&self, to: Status, now: Timestamp) -> Result<(), ApiError> {
        let from = self.status_at(now);
        if !self.is_being_erased() && from.next().contains(&to) {
            return Ok(());
        }
        let allowed: &[Status] = if self.is_being_erased() { &[] } else { from.next() };
        let names: Vec<Value> = allowed.iter().map(|status| status.as_str().into()).collect();
        Err(ApiError::invalid_action(
            "This change of status is not possible. Use one of the statuses in `allowed`.",
            &[],
        )
        .with("allowed", names))
    }

    /// The status at a time: a suspension that is over has ended, even if the scheduler has not
    /// lifted it yet.
    pub fn status_at(&self, now: Timestamp) -> Status {
        match &self.suspension {
            Some(suspension) if self.status == Status::Suspended && self.suspension_over(now) => {
                suspension.before
            }
            _ => self.status,
        }
    }

    /// Moves the account between active, inactive and waiting for verification. Its credentials end
    /// when it leaves `active`.
    ///
    /// # Errors
    /// `INVALID_ACTION` with `allowed`.
    pub fn change_status(mut self, to: Status, now: Timestamp) -> Result<Self, ApiError> {
        self.check_next_status(to, now)?;
        if self.status == Status::Active {
            self.end_credentials();
        }
        if to == Status::PendingVerification {
            // The address has to be confirmed again, which is not the first time.
            self.confirmed_once = !self.never_confirmed();
            self.email_verified = false;
        } else if self.status == Status::PendingVerification {
            self.confirmed_once = true;
        }
        self.status = to;
        Ok(self.changed(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_leads_to_an_erasure_or_back() {
        for from in Status::ALL {
            assert!(!from.next().contains(&from), "{from:?}");
            assert_eq!(from.next().contains(&Status::Deleted), from != Status::Deleted);
        }
    }
}

//! The types of a user: administrator, instructor, learner. A user has at least one of them.

use super::User;
use crate::{ApiError, rank::Rank};

/// The types of a user that are stored. Whether a user is an administrator follows from the role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserTypes {
    /// Whether the user teaches; none to leave it.
    pub is_instructor: Option<bool>,
    /// Whether the user learns; none to leave it.
    pub is_learner: Option<bool>,
}

/// The default of a flag that is usually set.
pub(super) const fn set() -> bool {
    true
}

/// Whether a flag has that default.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) const fn is_set(flag: &bool) -> bool {
    *flag
}

impl User {
    /// Whether the user is an administrator.
    pub fn is_admin(&self) -> bool {
        self.rank() >= Rank::Admin
    }

    /// Changes the types of the user.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `isLearner` when none would remain.
    pub fn set_types(&mut self, types: UserTypes) -> Result<(), ApiError> {
        self.is_instructor = types.is_instructor.unwrap_or(self.is_instructor);
        self.is_learner = types.is_learner.unwrap_or(self.is_learner);
        if self.is_admin() || self.is_instructor || self.is_learner {
            return Ok(());
        }
        Err(ApiError::field(
            "isLearner",
            "required",
            "A user is an administrator, an instructor or a learner. Keep at least one of them.",
        ))
    }

    /// Makes a user a learner who would have no type any more, after a change of role.
    pub(crate) fn keep_a_type(&mut self) {
        self.is_learner |= !self.is_admin() && !self.is_instructor;
    }
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MAX_USERS;
use crate::ApiError;

/// Number of users up to which a bulk action needs no second person, by default.
pub const DEFAULT_BULK_THRESHOLD: u64 = 100;

/// Which bulk actions a second person must approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
// Required but nullable, which schemars cannot express.
#[schemars(extend("required" = ["threshold"]))]
pub struct BulkApproval {
    /// Number of users up to which a bulk action needs no approval, 0 to 10,000. A bulk action that
    /// changes more users, or any staff member, needs it. Null if none needs it.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(range(min = 0, max = 10_000))]
    pub threshold: Option<u64>,
}

impl Default for BulkApproval {
    fn default() -> Self {
        Self { threshold: Some(DEFAULT_BULK_THRESHOLD) }
    }
}

impl BulkApproval {
    /// Whether a bulk action needs the approval of a second person that changes so many users, of
    /// which so many are staff.
    pub fn is_needed(self, users: u64, staff: u64) -> bool {
        self.threshold.is_some_and(|most| users > most || staff > 0)
    }

    /// Checks that the number is in range.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `value.threshold`.
    pub fn check(self) -> Result<(), ApiError> {
        match self.threshold {
            Some(threshold) if threshold > MAX_USERS as u64 => Err(ApiError::field(
                "value.threshold",
                "out_of_range",
                format!("This number is out of range. Enter 0 to {MAX_USERS} users."),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_users_than_the_threshold_or_any_staff_need_approval() {
        let rule = BulkApproval::default();
        assert!(!rule.is_needed(100, 0));
        assert!(rule.is_needed(101, 0));
        assert!(rule.is_needed(1, 1));
        assert!(BulkApproval { threshold: Some(0) }.is_needed(1, 0));
        assert!(!BulkApproval { threshold: None }.is_needed(10_000, 5));
        assert!(BulkApproval { threshold: Some(10_001) }.check().is_err());
        assert_eq!(BulkApproval { threshold: Some(10_000) }.check(), Ok(()));
    }
}

//! Enrolments: which programs of other services a user takes part in, as those services report it.

use serde::{Deserialize, Serialize};

use crate::{ApiError, Timestamp, stored_enum::stored_enum};

stored_enum! {
    /// Type of a program.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum ProgramType {
        /// A course.
        Course = "course",
        /// A sequence of courses.
        LearningPath = "learning_path",
        /// A group that learns together.
        Cohort = "cohort",
        /// An event.
        Event = "event",
        /// Several programs that are sold together.
        Bundle = "bundle",
    }
}

stored_enum! {
    /// Status of an enrolment.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum EnrollmentStatus {
        /// The user takes part.
        Active = "active",
        /// The user has completed the program.
        Completed = "completed",
        /// The enrolment was cancelled.
        Cancelled = "cancelled",
        /// The time for the program is over.
        Expired = "expired",
        /// The user cannot take part for now.
        Suspended = "suspended",
    }
}

/// The enrolment of a user in a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrollment {
    /// Id of the program at the service.
    pub program_id: String,
    /// Type of the program.
    pub program_type: ProgramType,
    /// Status of the enrolment.
    pub status: EnrollmentStatus,
    /// Progress in percent, 0 to 100.
    pub progress: f64,
    /// Total time that the user spent in the program, in seconds.
    pub total_time_spent: u64,
    /// Time of the enrolment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub enrolled_at: Option<Timestamp>,
    /// Time of the last activity in the program.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_activity_at: Option<Timestamp>,
    /// Time of completion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub completed_at: Option<Timestamp>,
    /// Name of the service that recorded it.
    pub service: String,
    /// Version of the enrolment at the service; a later report has a higher one.
    pub version: u64,
    /// Time at which it was recorded.
    pub recorded_at: Timestamp,
}

/// Parses the id of a program: 1 to 64 letters, digits, `.`, `_`, `:` and `-`.
///
/// # Errors
/// `VALIDATION_FAILED` on `program_id`.
pub fn program_id(text: &str) -> Result<String, ApiError> {
    let good = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
    if good {
        return Ok(text.to_owned());
    }
    Err(ApiError::field(
        "program_id",
        "invalid",
        "This is not an id of a program. Use 1 to 64 letters, digits, dots, colons, dashes or underscores.",
    ))
}

/// Checks a progress: 0 to 100 percent, kept to two decimal places.
///
/// # Errors
/// `VALIDATION_FAILED` on `progress`.
pub fn progress(percent: f64) -> Result<f64, ApiError> {
    if (0.0..=100.0).contains(&percent) {
        return Ok((percent * 100.0).round() / 100.0);
    }
    Err(ApiError::field(
        "progress",
        "out_of_range",
        "This progress is out of range. Use a percentage from 0 to 100.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_percentage_with_two_decimal_places() {
        assert_eq!(progress(33.333_333), Ok(33.33));
        assert_eq!((progress(0.0), progress(100.0)), (Ok(0.0), Ok(100.0)));
        for wrong in [-0.1, 100.1, f64::NAN, f64::INFINITY] {
            assert!(progress(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_program_id_is_part_of_a_key() {
        for good in ["crs_1", "urn:course:7", "a.b-c"] {
            assert!(program_id(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a#b", "a/b", "\u{e4}", &"a".repeat(65)] {
            assert!(program_id(bad).is_err(), "{bad}");
        }
    }
}

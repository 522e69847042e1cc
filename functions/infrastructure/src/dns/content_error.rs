//! The error for the content of a record.

use provost_domain::ApiError;

/// An error for the content.
pub fn refuse(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::field("content", code, message)
}

//! Reasons why a share link cannot be used.

use provost_domain::{ApiError, Timestamp, share_link::ShareLink};

/// The error for an unknown token.
pub(crate) fn missing() -> ApiError {
    ApiError::missing("link")
}

/// Checks whether a link is open.
///
/// # Errors
/// `NOT_FOUND`, `LINK_REVOKED`, `LINK_EXPIRED`, `LINK_USED_UP`.
pub(crate) fn of(link: Option<&ShareLink>, now: Timestamp) -> Result<(), ApiError> {
    link.ok_or_else(missing)?.check_open(now)
}

//! Why a link opens nothing.

use provost_domain::{Refused, Timestamp, share_link::ShareLink};

/// The refusal for a token that is none of ours, or no longer.
pub(crate) fn missing() -> Refused {
    Refused::missing("link")
}

/// Whether a link that was looked up is open.
///
/// # Errors
/// `NOT_FOUND`, `LINK_REVOKED`, `LINK_EXPIRED`, `LINK_USED_UP`.
pub(crate) fn of(link: Option<&ShareLink>, now: Timestamp) -> Result<(), Refused> {
    link.ok_or_else(missing)?.check_open(now)
}

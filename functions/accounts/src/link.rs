//! Links in emails: what their tokens contain, and why a link is no longer valid.

use provost_app::App;
use provost_auth::{
    Purpose,
    token::{LinkClaims, NotAccepted},
};
use provost_domain::{ApiError, Code};

/// Reads the token of a link. Surrounding white space is ignored.
///
/// # Errors
/// `LINK_EXPIRED`; `NOT_FOUND` for an invalid token.
pub fn read(app: &App, token: &str) -> Result<LinkClaims, ApiError> {
    app.verifier().verify(Purpose::Link, token.trim(), app.now()).map_err(|why| match why {
        NotAccepted::Expired => {
            ApiError::new(Code::LinkExpired, "This link has expired. Request a new email.")
        }
        NotAccepted::Forged => missing(),
    })
}

/// The error for a link that was sent to a previous address of the account.
pub fn moved() -> ApiError {
    ApiError::new(
        Code::LinkRevoked,
        "The email address of the account has changed. Use the link in the email to the new address.",
    )
}

/// The error for a link that is not valid.
pub fn missing() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "This link is not valid. Use the full link from the latest email.",
    )
}

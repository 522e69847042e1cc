//! Links in mail: what their tokens say, and why one no longer works.

use provost_app::App;
use provost_auth::{
    Purpose,
    token::{LinkClaims, NotAccepted},
};
use provost_domain::{Code, Refused};

/// Reads the token of a link; white space that came along from the mail is no part of it.
///
/// # Errors
/// `LINK_EXPIRED`; `NOT_FOUND` for a token that is none of ours.
pub fn read(app: &App, token: &str) -> Result<LinkClaims, Refused> {
    app.verifier().verify(Purpose::Link, token.trim(), app.now()).map_err(|why| match why {
        NotAccepted::Expired => Refused::new(Code::LinkExpired, "This link has expired; ask for a new mail."),
        NotAccepted::Forged => missing(),
    })
}

/// The refusal for a link that was mailed to an address that the account no longer has.
pub fn moved() -> Refused {
    Refused::new(Code::LinkRevoked, "The account has another address by now; use the link in the mail to that one.")
}

/// The refusal for a link that leads nowhere.
pub fn missing() -> Refused {
    Refused::new(Code::NotFound, "This link leads nowhere; use the one in the newest mail, whole.")
}

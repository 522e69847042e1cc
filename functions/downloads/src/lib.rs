//! The routes of the function `downloads`: what a third party with a share link meets.

mod page;
mod redeem;
mod refusal;
mod show;

use http::Method;
use provost_domain::Code;
use provost_http::{Effect::Write, Public, Routes};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("downloads")
        .get(
            "/share/{token}",
            Public,
            show::get_share_link,
            "See what a share link leads to: name, size, expiry and what is left. Consumes nothing, since mail scanners follow links.",
        )
        .refuses(&[Code::LinkExpired, Code::LinkUsedUp, Code::LinkRevoked])
        .page()
        .row(
            Method::POST,
            "/share/{token}",
            Public,
            Write,
            redeem::redeem_share_link,
            "Redeem a share link: 303 to the archive, by a URL that works for a minute. Counts as one download.",
        )
        .refuses(&[Code::PermissionDenied, Code::LinkExpired, Code::LinkUsedUp, Code::LinkRevoked])
        .page()
}

//! The routes of the function `downloads`: share links, for receivers without an account.

mod page;
mod redeem;
mod refusal;
mod show;

use http::Method;
use provost_domain::Code;
use provost_http::{Access, Effect::Write, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("downloads")
        .get(
            "/share/{token}",
            Access::public(),
            show::get_share_link,
            "Get the name, size, expiry and remaining downloads of a share link. Does not count as a download.",
        )
        .errors(&[Code::LinkExpired, Code::LinkUsedUp, Code::LinkRevoked])
        .page()
        .route(
            Method::POST,
            "/share/{token}",
            Access::public(),
            Write,
            redeem::redeem_share_link,
            "Download the archive of a share link. Redirects (303) to a URL that is valid for one minute. Counts as one download.",
        )
        .errors(&[Code::PermissionDenied, Code::LinkExpired, Code::LinkUsedUp, Code::LinkRevoked])
        .page()
}

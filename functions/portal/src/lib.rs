//! The routes of the function `portal`: the front page, the description of the API, its health, and the public keys of access tokens.

mod health;
mod home;
mod jwks;
mod page;
mod show;

use provost_http::{Public, Routes};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("portal")
        .get("/", Public, home::show_home_page, "The front page: what this is and where to go; the links of letters lead here.")
        .page()
        .get("/openapi.json", Public, show::get_openapi_document, "The description of this API.")
        .get("/api/health", Public, health::get_health, "Reports whether the API can read its tables.")
        .get(
            "/.well-known/jwks.json",
            Public,
            jwks::get_jwks,
            "Lists the public keys of access tokens (RFC 7517). Verifiers may keep them for five minutes.",
        )
}

//! The routes of the function `portal`: the front page, the API description, the health check, and
//! the public keys of access tokens.

mod health;
mod home;
mod jwks;
mod page;
mod show;

use provost_http::{Access, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("portal")
        .get("/", Access::public(), home::show_home_page, "Show the front page. Links in emails lead here.")
        .page()
        .get("/openapi.json", Access::public(), show::get_openapi_document, "Get the OpenAPI description of this API.")
        .get("/api/health", Access::public(), health::get_health, "Check whether the API can read its tables.")
        .get(
            "/.well-known/jwks.json",
            Access::public(),
            jwks::get_jwks,
            "List the public keys of access tokens (RFC 7517). Verifiers may cache them for five minutes.",
        )
}

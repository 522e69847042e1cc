//! The routes of the function `credentials`: the API keys with which programs act as their owner.

mod create;
mod list;
mod remove;
mod view;

use http::Method;
use provost_http::{Effect, Routes, SignedIn};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("credentials")
        .get("/api/apikeys/my", SignedIn, list::list, "List the signed-in person's API keys, oldest first.")
        .row(Method::POST, "/api/apikeys", SignedIn, Effect::Sensitive, create::create, "Make an API key; it is shown this once.")
        .row(
            Method::DELETE,
            "/api/apikeys/{id}",
            SignedIn,
            Effect::Sensitive,
            remove::remove,
            "Delete an API key; it is refused from then on.",
        )
}

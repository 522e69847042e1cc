//! The routes of the function `sessions`: signing in, staying signed in, signing out, and the sessions of a person.

mod end;
mod failure;
mod list;
mod login;
mod logout;
mod logout_all;
mod refresh;
mod take_back;
mod tokens;

use http::Method;
use provost_domain::Permission;
use provost_http::{Effect, Leaving, Own, Public, Routes, SignedIn};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("sessions")
        .row(Method::POST, "/api/sessions/login", Public, Effect::Write, login::login, "Sign in with e-mail address and password.")
        .row(
            Method::POST,
            "/api/sessions/refresh",
            Public,
            Effect::Write,
            refresh::refresh,
            "Exchange the refresh token for new tokens; each refresh token works once.",
        )
        .row(
            Method::POST,
            "/api/sessions/logout",
            Leaving,
            Effect::Write,
            logout::logout,
            "End the session that this request is made with.",
        )
        .row(
            Method::POST,
            "/api/sessions/logout-all",
            SignedIn,
            Effect::Write,
            logout_all::logout_all,
            "End every session of the signed-in person, this one too.",
        )
        .get("/api/sessions/{userId}", Own(Permission::UserView), list::list, "List a person's live sessions, newest first.")
        .row(
            Method::DELETE,
            "/api/users/{id}/sessions",
            Own(Permission::UserUpdate),
            Effect::Write,
            end::end,
            "End every session of a person.",
        )
}

//! The routes of the function `sessions`: sign-in with an optional second factor, token refresh,
//! sign-out, and a user's sessions.

mod confirm_two_factor;
mod end;
mod failure;
mod list;
mod login;
mod logout;
mod logout_all;
mod refresh;
mod remove_two_factor;
mod start_two_factor;
mod tokens;

use http::Method;
use provost_domain::{Code, Permission};
use provost_http::{Access, Effect, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("sessions")
        .route(
            Method::POST,
            "/api/sessions/login",
            Access::public(),
            Effect::Write,
            login::login,
            "Sign in with email address and password.",
        )
        .errors(&[
            Code::Unauthenticated,
            Code::SecondFactorRequired,
            Code::AccountSuspended,
            Code::AccountInactive,
            Code::DeletionPending,
            Code::InvalidAction,
            Code::RateLimited,
        ])
        .route(
            Method::POST,
            "/api/sessions/refresh",
            Access::public(),
            Effect::Write,
            refresh::refresh_tokens,
            "Exchange a refresh token for new tokens. Each refresh token works once.",
        )
        .errors(&[Code::SessionEnded, Code::AccountInactive, Code::AccountSuspended, Code::DeletionPending])
        .route(
            Method::POST,
            "/api/sessions/logout",
            Access::signed_in().including_pending_deletion(),
            Effect::Sensitive,
            logout::logout,
            "Sign out. Ends the session of this request.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::POST,
            "/api/sessions/logout-all",
            Access::signed_in(),
            Effect::Sensitive,
            logout_all::logout_all_sessions,
            "End all your sessions, including this one.",
        )
        .route(
            Method::POST,
            "/api/sessions/two-factor",
            Access::signed_in(),
            Effect::Sensitive,
            start_two_factor::start_two_factor,
            "Set up a second factor. The secret is shown only in this answer. It takes effect when it is confirmed.",
        )
        .errors(&[Code::InvalidAction, Code::RateLimited])
        .route(
            Method::POST,
            "/api/sessions/two-factor/confirm",
            Access::signed_in(),
            Effect::Sensitive,
            confirm_two_factor::confirm_two_factor,
            "Confirm the second factor with a code. The recovery codes are shown only in this answer.",
        )
        .errors(&[Code::InvalidAction, Code::RateLimited])
        .route(
            Method::DELETE,
            "/api/sessions/two-factor",
            Access::signed_in(),
            Effect::Sensitive,
            remove_two_factor::disable_two_factor,
            "Turn off the second factor, with a code.",
        )
        .errors(&[Code::InvalidAction, Code::RateLimited])
        .get(
            "/api/sessions/{userId}",
            Access::self_or(Permission::UserView, "userId"),
            list::list_sessions,
            "List a user's active sessions, newest first.",
        )
        .route(
            Method::DELETE,
            "/api/users/{id}/sessions",
            Access::self_or(Permission::UserUpdate, "id").above_staff(),
            Effect::Sensitive,
            end::revoke_sessions,
            "Revoke all sessions of a user.",
        )
}

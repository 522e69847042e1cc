//! The routes of the function `staff-users`: finding people, and what staff may do to one account.

mod ban;
mod change_role;
mod input;
mod list;
mod login_history;
mod person;
mod reset_password;
mod revoke_session;
mod sessions;
mod show;
mod unban;
mod views;

use http::Method;
use provost_domain::Permission::{RoleAssign, SessionRead, SessionRevoke, UserCredentials, UserList, UserSuspend, UserView};
use provost_http::{
    Effect::{Sensitive, Write},
    Over, Permit, Routes,
};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("staff-users")
        .get("/api/admin/users", Permit(UserList), list::list, "Users, filtered, ordered and searched.")
        .get(
            "/api/admin/users/{id}",
            Permit(UserView),
            show::show,
            "One user: the account, the profile, what they may do and what was done to them lately.",
        )
        .row(
            Method::POST,
            "/api/admin/users/{id}/ban",
            Over(UserSuspend),
            Write,
            ban::ban,
            "Ban a user for a while or for good; they are signed out at once.",
        )
        .row(Method::DELETE, "/api/admin/users/{id}/ban", Over(UserSuspend), Write, unban::unban, "Lift a ban or suspension.")
        .row(
            Method::PATCH,
            "/api/admin/users/{id}/role",
            Over(RoleAssign),
            Sensitive,
            change_role::change_role,
            "Give a user another built-in role; it counts from their next request on.",
        )
        .row(
            Method::POST,
            "/api/admin/users/{id}/reset-password",
            Over(UserCredentials),
            Sensitive,
            reset_password::reset_password,
            "Sign a user out everywhere and mail them a link to choose a new password.",
        )
        .get("/api/admin/users/{id}/sessions", Permit(SessionRead), sessions::sessions, "A user's live sessions, newest first.")
        .row(
            Method::POST,
            "/api/admin/users/{id}/sessions/{sessionId}/revoke",
            Over(SessionRevoke),
            Sensitive,
            revoke_session::revoke_session,
            "End one session of a user.",
        )
        .get(
            "/api/admin/users/{id}/login-history",
            Permit(SessionRead),
            login_history::login_history,
            "A user's sign-ins of the last 90 days, successes and failures, newest first.",
        )
}

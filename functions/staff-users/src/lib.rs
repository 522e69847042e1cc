//! The routes of the function `staff-users`: finding people, and what staff may do to one account.

mod add_note;
mod award;
mod badge;
mod ban;
mod change_role;
mod contributor;
mod input;
mod list;
mod list_grants;
mod list_notes;
mod login_history;
mod reset_password;
mod revoke_grant;
mod revoke_session;
mod sessions;
mod show;
mod unban;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{
        GrantRead, GrantWrite, RoleAssign, SessionRead, SessionRevoke, UserCredentials, UserList, UserSuspend, UserUpdate, UserVerify,
        UserView,
    },
};
use provost_http::{
    Effect::{Sensitive, Write},
    Over, Permit, Ranked, Routes,
};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("staff-users")
        // Erasing is the function `deletions`'.
        .elsewhere("/api/admin/users/{id}", Method::DELETE)
        .get("/api/admin/users", Permit(UserList), list::list_users, "Users, filtered, ordered and searched.")
        .get(
            "/api/admin/users/{id}",
            Permit(UserView),
            show::get_user_details,
            "One user: the account, the profile, what they may do and what was done to them lately.",
        )
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/ban",
            Over(UserSuspend),
            Write,
            ban::ban_user,
            "Ban a user for a while or for good; they are signed out at once.",
        )
        .refuses(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .row(Method::DELETE, "/api/admin/users/{id}/ban", Over(UserSuspend), Write, unban::unban_user, "Lift a ban or suspension.")
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::PATCH,
            "/api/admin/users/{id}/role",
            Over(RoleAssign),
            Sensitive,
            change_role::change_user_role,
            "Give a user another built-in role; it counts from their next request on.",
        )
        .refuses(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .row(
            Method::POST,
            "/api/admin/users/{id}/reset-password",
            Over(UserCredentials),
            Sensitive,
            reset_password::force_password_reset,
            "End a user's sessions, API keys and password, and mail them a link to choose a new one.",
        )
        .refuses(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .get("/api/admin/users/{id}/sessions", Permit(SessionRead), sessions::list_user_sessions, "A user's live sessions, newest first.")
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/sessions/{sessionId}/revoke",
            Over(SessionRevoke),
            Sensitive,
            revoke_session::revoke_user_session,
            "End one session of a user.",
        )
        .get(
            "/api/admin/users/{id}/login-history",
            Permit(SessionRead),
            login_history::list_user_login_history,
            "A user's sign-ins of the last 90 days, successes and failures, newest first.",
        )
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/verify",
            Ranked(UserVerify),
            Write,
            badge::add_verified_badge,
            "Give a user the verified badge.",
        )
        .refuses(&[Code::StaleVersion])
        .row(
            Method::DELETE,
            "/api/admin/users/{id}/verify",
            Ranked(UserVerify),
            Write,
            badge::remove_verified_badge,
            "Take the verified badge from a user.",
        )
        .refuses(&[Code::StaleVersion])
        .get("/api/admin/users/{id}/notes", Permit(UserView), list_notes::list_user_notes, "What staff noted about a user, newest first.")
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/notes",
            Ranked(UserUpdate),
            Write,
            add_note::add_user_note,
            "Note something about a user, for colleagues.",
        )
        .get("/api/admin/users/{id}/grants", Permit(GrantRead), list_grants::list_user_grants, "What was awarded to a user, newest first.")
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/grants",
            Ranked(GrantWrite),
            Write,
            award::grant_benefit,
            "Award something that is counted; storage is added to the quota at once.",
        )
        .refuses(&[Code::StaleVersion])
        .row(
            Method::DELETE,
            "/api/admin/users/{id}/grants",
            Ranked(GrantWrite),
            Write,
            revoke_grant::revoke_benefit,
            "Take a grant back, named by grantId.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/contributor-profile",
            Permit(UserView),
            contributor::get_contributor_profile,
            "A user's profile as a contributor, with the ledger of what they did.",
        )
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::PUT,
            "/api/admin/users/{id}/contributor-profile",
            Ranked(UserUpdate),
            Write,
            contributor::update_contributor_profile,
            "Replace a user's profile as a contributor.",
        )
        .refuses(&[Code::StaleVersion])
}

//! The routes of the function `staff-users`: user management by staff.

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
        .get("/api/admin/users", Permit(UserList), list::list_users, "List users, with filters, sorting and search.")
        .get("/api/admin/users/{id}", Permit(UserView), show::get_user_details, "Get a user with profile, permissions and recent activity.")
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/ban",
            Over(UserSuspend),
            Write,
            ban::ban_user,
            "Ban a user, permanently or until a time. All sessions and API keys are revoked.",
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
            "Change a user's role. Takes effect on their next request.",
        )
        .refuses(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .row(
            Method::POST,
            "/api/admin/users/{id}/reset-password",
            Over(UserCredentials),
            Sensitive,
            reset_password::force_password_reset,
            "Force a password reset. Revokes the user's sessions, API keys and password, and emails a link to choose a new one.",
        )
        .refuses(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/sessions",
            Permit(SessionRead),
            sessions::list_user_sessions,
            "List a user's active sessions, newest first.",
        )
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/sessions/{sessionId}/revoke",
            Over(SessionRevoke),
            Sensitive,
            revoke_session::revoke_user_session,
            "Revoke one of a user's sessions.",
        )
        .get(
            "/api/admin/users/{id}/login-history",
            Permit(SessionRead),
            login_history::list_user_login_history,
            "List a user's sign-ins of the last 90 days, successful and failed, newest first.",
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
            "Remove the verified badge from a user.",
        )
        .refuses(&[Code::StaleVersion])
        .get("/api/admin/users/{id}/notes", Permit(UserView), list_notes::list_user_notes, "List staff notes about a user, newest first.")
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/notes",
            Ranked(UserUpdate),
            Write,
            add_note::add_user_note,
            "Add a staff note about a user.",
        )
        .get("/api/admin/users/{id}/grants", Permit(GrantRead), list_grants::list_user_grants, "List a user's grants, newest first.")
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::POST,
            "/api/admin/users/{id}/grants",
            Ranked(GrantWrite),
            Write,
            award::grant_benefit,
            "Grant a benefit, such as storage quota. Takes effect immediately.",
        )
        .refuses(&[Code::StaleVersion])
        .row(
            Method::DELETE,
            "/api/admin/users/{id}/grants",
            Ranked(GrantWrite),
            Write,
            revoke_grant::revoke_benefit,
            "Revoke a grant, named by `grantId`.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/contributor-profile",
            Permit(UserView),
            contributor::get_contributor_profile,
            "Get a user's contributor profile with the ledger of contributions.",
        )
        .refuses(&[Code::InvalidUserId])
        .row(
            Method::PUT,
            "/api/admin/users/{id}/contributor-profile",
            Ranked(UserUpdate),
            Write,
            contributor::update_contributor_profile,
            "Replace a user's contributor profile.",
        )
        .refuses(&[Code::StaleVersion])
}

//! The routes of the function `staff-users`: user management by staff.

mod badge;
mod ban;
mod change_role;
mod contributor;
mod grants;
mod login_history;
mod notes;
mod reset_password;
mod sessions;
mod show;
mod unban;

use http::Method;
use provost_domain::{
    Code,
    Permission::{
        GrantRead, GrantWrite, RoleAssign, SessionRead, SessionRevoke, UserCredentials,
        UserSuspend, UserUpdate, UserVerify, UserView,
    },
};
use provost_http::{
    Access,
    Effect::{Sensitive, Write},
    Routes,
};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("staff-users")
        // The function `deletions` serves the erasure.
        .also_served_by("/api/admin/users/{id}", Method::DELETE)
        .get(
            "/api/admin/users/{id}",
            Access::staff(UserView),
            show::get_user_details,
            "Get a user with profile, permissions and recent activity.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::POST,
            "/api/admin/users/{id}/ban",
            Access::staff(UserSuspend).above_target("id"),
            Write,
            ban::ban_user,
            "Ban a user, permanently or until a time. All sessions and API keys are revoked.",
        )
        .errors(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/admin/users/{id}/ban",
            Access::staff(UserSuspend).above_target("id"),
            Write,
            unban::unban_user,
            "Lift a ban or suspension.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::PATCH,
            "/api/admin/users/{id}/role",
            Access::staff(RoleAssign).above_target("id"),
            Sensitive,
            change_role::change_user_role,
            "Change a user's role. Takes effect on their next request.",
        )
        .errors(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .route(
            Method::POST,
            "/api/admin/users/{id}/reset-password",
            Access::staff(UserCredentials).above_target("id"),
            Sensitive,
            reset_password::force_password_reset,
            "Force a password reset. Revokes the user's sessions, API keys and password, and emails a link to choose a new one.",
        )
        .errors(&[Code::InvalidAction, Code::LastSuperadmin, Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/sessions",
            Access::staff(SessionRead),
            sessions::list_user_sessions,
            "List a user's active sessions, newest first.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::POST,
            "/api/admin/users/{id}/sessions/{sessionId}/revoke",
            Access::staff(SessionRevoke).above_target("id"),
            Sensitive,
            sessions::revoke::revoke_user_session,
            "Revoke one of a user's sessions.",
        )
        .get(
            "/api/admin/users/{id}/login-history",
            Access::staff(SessionRead),
            login_history::list_user_login_history,
            "List a user's sign-ins of the last 90 days, successful and failed, newest first.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::POST,
            "/api/admin/users/{id}/verify",
            Access::staff(UserVerify).above_staff_target("id"),
            Write,
            badge::add_verified_badge,
            "Give a user the verified badge.",
        )
        .errors(&[Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/admin/users/{id}/verify",
            Access::staff(UserVerify).above_staff_target("id"),
            Write,
            badge::remove_verified_badge,
            "Remove the verified badge from a user.",
        )
        .errors(&[Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/notes",
            Access::staff(UserView),
            notes::list::list_user_notes,
            "List staff notes about a user, newest first.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::POST,
            "/api/admin/users/{id}/notes",
            Access::staff(UserUpdate).above_staff_target("id"),
            Write,
            notes::add::add_user_note,
            "Add a staff note about a user.",
        )
        .get("/api/admin/users/{id}/grants", Access::staff(GrantRead), grants::list::list_user_grants, "List a user's grants, newest first.")
        .errors(&[Code::InvalidUserId])
        .route(
            Method::POST,
            "/api/admin/users/{id}/grants",
            Access::staff(GrantWrite).above_staff_target("id"),
            Write,
            grants::create::grant_benefit,
            "Grant a benefit, such as storage quota. Takes effect immediately.",
        )
        .errors(&[Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/admin/users/{id}/grants",
            Access::staff(GrantWrite).above_staff_target("id"),
            Write,
            grants::revoke::revoke_benefit,
            "Revoke a grant, named by `grantId`.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/contributor-profile",
            Access::staff(UserView),
            contributor::get_contributor_profile,
            "Get a user's contributor profile with the ledger of contributions.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::PUT,
            "/api/admin/users/{id}/contributor-profile",
            Access::staff(UserUpdate).above_staff_target("id"),
            Write,
            contributor::update_contributor_profile,
            "Replace a user's contributor profile.",
        )
        .errors(&[Code::StaleVersion])
}

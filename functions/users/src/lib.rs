//! The routes of the function `users`: one user of the directory, for programs of staff.

mod audit_logs;
mod create;
mod delete;
mod oauth;
mod sessions;
mod show;
mod status;
mod unique_id;
mod update;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{AuditRead, UserCreate, UserDelete, UserUpdate, UserView},
};
use provost_http::{
    Access,
    Effect::{Sensitive, Write},
    Routes,
};

/// Items per page of a list, unless the request says otherwise.
const DEFAULT_LIMIT: u32 = 25;

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("users")
        // The function `directory` lists users.
        .also_served_by("/v1/users", Method::GET)
        .route(
            Method::POST,
            "/v1/users",
            Access::staff(UserCreate),
            Write,
            create::create_user,
            "Create a user, with or without a password.",
        )
        .errors(&[Code::AlreadyExists, Code::ContactReserved, Code::Outranked, Code::SuperadminRequired])
        .get(
            "/v1/users/{user_id}",
            Access::staff(UserView),
            show::get_directory_user,
            "Get a user of the directory by id, or as `me`, `email:…`, `username:…`, `unique_id:…` or `external_id:…`.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::PUT,
            "/v1/users/{user_id}",
            Access::staff(UserUpdate).above_target("user_id"),
            Sensitive,
            update::update_directory_user,
            "Update a user of the directory: profile, contacts, password, or status.",
        )
        .errors(&[
            Code::AlreadyExists,
            Code::ContactReserved,
            Code::InvalidAction,
            Code::LastSuperadmin,
            Code::SoleOwner,
            Code::StaleVersion,
            Code::SuperadminRequired,
        ])
        .route(
            Method::DELETE,
            "/v1/users/{user_id}",
            Access::staff(UserDelete).above_target("user_id"),
            Sensitive,
            delete::request_user_deletion,
            "Schedule the erasure of a user after a grace period. The account cannot be used any more.",
        )
        .errors(&[Code::LastSuperadmin, Code::SoleOwner, Code::StaleVersion])
        .route(
            Method::PUT,
            "/v1/users/{user_id}/unique-id",
            Access::staff(UserUpdate).above_staff_target("user_id"),
            Write,
            unique_id::set_unique_id,
            "Give a user another unique id, or generate one. The former one still finds the user.",
        )
        .errors(&[Code::AlreadyExists, Code::InvalidAction, Code::StaleVersion])
        .get(
            "/v1/users/{user_id}/sessions",
            Access::staff(UserView),
            sessions::list::list_directory_sessions,
            "List a user's active sessions, newest first.",
        )
        .errors(&[Code::InvalidUserId])
        .route(
            Method::DELETE,
            "/v1/users/{user_id}/sessions",
            Access::staff(UserUpdate).above_target("user_id"),
            Sensitive,
            sessions::revoke::revoke_directory_sessions,
            "Revoke all of a user's sessions. Takes effect on the next request.",
        )
        .route(
            Method::DELETE,
            "/v1/users/{user_id}/sessions/{session_id}",
            Access::staff(UserUpdate).above_target("user_id"),
            Sensitive,
            sessions::revoke::revoke_directory_session,
            "Revoke one of a user's sessions. Takes effect on the next request.",
        )
        .route(
            Method::POST,
            "/v1/users/{user_id}/oauth/link",
            Access::staff(UserUpdate).above_staff_target("user_id"),
            Sensitive,
            oauth::link::link_oauth_account,
            "Link an account of another provider to a user.",
        )
        .errors(&[Code::AlreadyExists, Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::POST,
            "/v1/users/{user_id}/oauth/unlink",
            Access::staff(UserUpdate).above_staff_target("user_id"),
            Sensitive,
            oauth::unlink::unlink_oauth_account,
            "Unlink an account of another provider, unless it is the only way to sign in.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/v1/users/{user_id}/audit-logs",
            Access::staff(AuditRead),
            audit_logs::list_user_audit_logs,
            "List the audit log entries about a user, newest first.",
        )
        .errors(&[Code::InvalidUserId])
}

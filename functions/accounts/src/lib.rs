//! The routes of the function `accounts`: users and their own accounts.

mod avatar;
mod deletion;
mod exports;
mod input;
mod link;
mod list_impersonations;
mod login_history;
mod notifications;
mod password;
mod register;
mod show;
mod update;
mod verify_email;
mod view;

use http::Method;
use provost_domain::{Code, Permission};
use provost_http::{Access, Effect, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("accounts")
        .route(
            Method::POST,
            "/api/users/register",
            Access::public(),
            Effect::Write,
            register::register_user,
            "Register an account. An email asks to confirm the address.",
        )
        .errors(&[Code::RegistrationDisabled, Code::AlreadyExists, Code::ContactReserved, Code::RateLimited])
        .route(
            Method::POST,
            "/api/users/verify-email",
            Access::public(),
            Effect::Write,
            verify_email::verify_email,
            "Confirm an email address with the token from the email.",
        )
        .errors(&[Code::NotFound, Code::LinkExpired, Code::LinkRevoked])
        .route(
            Method::POST,
            "/api/users/forgot-password",
            Access::public(),
            Effect::Write,
            password::forgot::request_password_reset,
            "Request an email with a link to choose a new password.",
        )
        .errors(&[Code::RateLimited])
        .route(
            Method::POST,
            "/api/users/reset-password",
            Access::public(),
            Effect::Sensitive,
            password::reset::reset_password,
            "Set a new password with the token from the email. Revokes all sessions and API keys, and confirms the address.",
        )
        .errors(&[Code::NotFound, Code::LinkExpired, Code::LinkUsedUp, Code::LinkRevoked])
        .get("/api/users/me", Access::signed_in().with_profile(), show::get_current_user, "Get your account.")
        .route(
            Method::PUT,
            "/api/users/me",
            Access::signed_in(),
            Effect::Write,
            update::update_current_user,
            "Update your account, including contacts and password. Sending only the current, unconfirmed email address sends the confirmation email again.",
        )
        .errors(&[Code::InvalidAction, Code::AlreadyExists, Code::ContactReserved, Code::StaleVersion, Code::RateLimited])
        .get(
            "/api/users/me/login-history",
            Access::signed_in(),
            login_history::list_my_login_history,
            "List your sign-ins of the last 90 days, successful and failed, newest first.",
        )
        .get(
            "/api/users/me/impersonations",
            Access::signed_in(),
            list_impersonations::list_my_impersonations,
            "List when staff impersonated you in the last 90 days, newest first.",
        )
        .route(
            Method::POST,
            "/api/users/me/deletion-request",
            Access::signed_in().including_pending_deletion(),
            Effect::Sensitive,
            deletion::request::request_account_deletion,
            "Request the deletion of your account after a grace period.",
        )
        .errors(&[Code::LastSuperadmin, Code::SoleOwner])
        .get(
            "/api/users/me/deletion-request",
            Access::signed_in().including_pending_deletion(),
            deletion::show::get_account_deletion,
            "Get the deletion request of your account.",
        )
        .errors(&[Code::NotFound])
        .route(
            Method::DELETE,
            "/api/users/me/deletion-request",
            Access::signed_in().including_pending_deletion(),
            Effect::Sensitive,
            deletion::cancel::cancel_account_deletion,
            "Cancel the deletion of your account.",
        )
        .errors(&[Code::NotFound, Code::StaleVersion, Code::InvalidAction])
        .route(
            Method::POST,
            "/api/users/me/export-request",
            Access::signed_in(),
            Effect::Sensitive,
            exports::request::request_data_export,
            "Request your data as an encrypted archive, once a day. An email says when it is ready.",
        )
        .errors(&[Code::InvalidAction, Code::RateLimited])
        .get(
            "/api/users/me/export-jobs",
            Access::signed_in(),
            exports::list::list_data_exports,
            "List the exports of your data, newest first. `downloadUrl` is present while an archive can be downloaded.",
        )
        .route(
            Method::GET,
            "/api/users/me/export-jobs/{jobId}/download",
            Access::signed_in(),
            Effect::Sensitive,
            exports::download::download_data_export,
            "Download an archive of your data. Redirects (303) to a URL that is valid for one minute.",
        )
        .errors(&[Code::InvalidAction])
        .get("/api/users/{id}", Access::self_or(Permission::UserView, "id"), show::get_user, "Get a user's account.")
        .route(
            Method::POST,
            "/api/users/{id}/avatar",
            Access::self_or(Permission::UserUpdate, "id").above_staff(),
            Effect::Write,
            avatar::upload::upload_user_avatar,
            "Upload a user's avatar, PNG or JPEG. It is cropped to 256 by 256 pixels.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/users/{id}/avatar",
            Access::self_or(Permission::UserUpdate, "id").above_staff(),
            Effect::Write,
            avatar::remove::delete_user_avatar,
            "Delete a user's avatar.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/mailbox/notifications",
            Access::signed_in(),
            notifications::list::list_notifications,
            "List your notifications, newest first.",
        )
        .route(
            Method::POST,
            "/api/mailbox/notifications/{id}/read",
            Access::signed_in(),
            Effect::Write,
            notifications::read::mark_notification_read,
            "Mark a notification as read, or as unread with `read: false`.",
        )
        .route(Method::PUT, "/api/users/{id}", Access::self_or(Permission::UserUpdate, "id").above_staff(), Effect::Write, update::update_user, "Update a user's account.")
        .errors(&[Code::InvalidAction, Code::StaleVersion, Code::AlreadyExists, Code::ContactReserved, Code::RateLimited])
}

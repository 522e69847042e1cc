//! The routes of the function `accounts`: a person and their own account.

mod avatar;
mod cancel_deletion;
mod download_export;
mod forgot_password;
mod input;
mod link;
mod list_exports;
mod list_impersonations;
mod list_notifications;
mod login_history;
mod own_password;
mod read_notification;
mod register;
mod remove_avatar;
mod request_deletion;
mod request_export;
mod reset_password;
mod show;
mod show_deletion;
mod taken;
mod takeover;
mod update;
mod upload_avatar;
mod verify_email;
mod view;

use http::Method;
use provost_domain::{Code, Permission};
use provost_http::{Effect, Leaving, Own, OwnOrRanked, Public, Routes, SignedIn, access::SignedInWithProfile};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("accounts")
        .row(
            Method::POST,
            "/api/users/register",
            Public,
            Effect::Write,
            register::register_user,
            "Register an account; a mail asks to confirm the address.",
        )
        .refuses(&[Code::RegistrationDisabled, Code::AlreadyExists, Code::ContactReserved, Code::RateLimited])
        .row(
            Method::POST,
            "/api/users/verify-email",
            Public,
            Effect::Write,
            verify_email::verify_email,
            "Confirm an e-mail address with the token of the mail.",
        )
        .refuses(&[Code::NotFound, Code::LinkExpired, Code::LinkRevoked])
        .row(
            Method::POST,
            "/api/users/forgot-password",
            Public,
            Effect::Write,
            forgot_password::request_password_reset,
            "Ask for a mail with a link to choose a new password.",
        )
        .refuses(&[Code::RateLimited])
        .row(
            Method::POST,
            "/api/users/reset-password",
            Public,
            Effect::Sensitive,
            reset_password::reset_password,
            "Choose a new password with the token of the mail; every session and API key ends, and the address is confirmed.",
        )
        .refuses(&[Code::NotFound, Code::LinkExpired, Code::LinkUsedUp, Code::LinkRevoked])
        .get("/api/users/me", SignedInWithProfile, show::get_current_user, "Show the signed-in person's own account.")
        .row(
            Method::PUT,
            "/api/users/me",
            SignedIn,
            Effect::Write,
            update::update_current_user,
            "Change the signed-in person's own account, contacts and password included. The present address, unconfirmed and alone, gets the mail to confirm it again.",
        )
        .refuses(&[Code::InvalidAction, Code::AlreadyExists, Code::ContactReserved, Code::StaleVersion, Code::RateLimited])
        .get(
            "/api/users/me/login-history",
            SignedIn,
            login_history::list_my_login_history,
            "List the signed-in person's sign-ins of the last 90 days, failed ones too, newest first.",
        )
        .get(
            "/api/users/me/impersonations",
            SignedIn,
            list_impersonations::list_my_impersonations,
            "List the times that staff acted in the signed-in person's name during the last 90 days, newest first.",
        )
        .row(
            Method::POST,
            "/api/users/me/deletion-request",
            Leaving,
            Effect::Sensitive,
            request_deletion::request_account_deletion,
            "Ask for one's own account to be erased after a time of grace.",
        )
        .refuses(&[Code::LastSuperadmin, Code::SoleOwner])
        .get(
            "/api/users/me/deletion-request",
            Leaving,
            show_deletion::get_account_deletion,
            "Show where the deletion of one's own account stands.",
        )
        .refuses(&[Code::NotFound])
        .row(
            Method::DELETE,
            "/api/users/me/deletion-request",
            Leaving,
            Effect::Sensitive,
            cancel_deletion::cancel_account_deletion,
            "Cancel the deletion of one's own account; it is as it was.",
        )
        .refuses(&[Code::NotFound, Code::StaleVersion, Code::InvalidAction])
        .row(
            Method::POST,
            "/api/users/me/export-request",
            SignedIn,
            Effect::Sensitive,
            request_export::request_data_export,
            "Ask for one's own data as an encrypted archive, once a day. A mail tells when it is ready.",
        )
        .refuses(&[Code::InvalidAction, Code::RateLimited])
        .get(
            "/api/users/me/export-jobs",
            SignedIn,
            list_exports::list_data_exports,
            "List the exports of one's own account, newest first; `downloadUrl` is there while an archive can be downloaded.",
        )
        .row(
            Method::GET,
            "/api/users/me/export-jobs/{jobId}/download",
            SignedIn,
            Effect::Sensitive,
            download_export::download_data_export,
            "Download the archive of one's own data: 303 to a URL that works for a minute.",
        )
        .refuses(&[Code::InvalidAction])
        .get("/api/users/{id}", Own(Permission::UserView), show::get_user, "Show an account.")
        .row(
            Method::POST,
            "/api/users/{id}/avatar",
            OwnOrRanked(Permission::UserUpdate),
            Effect::Write,
            upload_avatar::upload_user_avatar,
            "Give an account a picture: the body is a PNG or JPEG file; a square of 256 by 256 points is kept of it.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::DELETE,
            "/api/users/{id}/avatar",
            OwnOrRanked(Permission::UserUpdate),
            Effect::Write,
            remove_avatar::delete_user_avatar,
            "Take an account's picture away.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/mailbox/notifications",
            SignedIn,
            list_notifications::list_notifications,
            "List the notices in the signed-in person's mailbox, newest first.",
        )
        .row(
            Method::POST,
            "/api/mailbox/notifications/{id}/read",
            SignedIn,
            Effect::Write,
            read_notification::mark_notification_read,
            "Mark a notice as read, or with `read: false` as not read.",
        )
        .row(Method::PUT, "/api/users/{id}", OwnOrRanked(Permission::UserUpdate), Effect::Write, update::update_user, "Change an account.")
        .refuses(&[Code::InvalidAction, Code::StaleVersion, Code::AlreadyExists, Code::ContactReserved, Code::RateLimited])
}

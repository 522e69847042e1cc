//! The routes of the function `deletions`: deletion requests for staff, and the link by which users
//! cancel a deletion.

mod cancel;
mod cancel_by_link;
mod changes;
mod expedite;
mod hold;
mod holds;
mod lift_hold;
mod list;
mod purge;
mod receipt;
mod show;

use http::Method;
use provost_domain::{Code, Permission, deletion::DeletionRequest};
use provost_http::{Access, Routes, routes::Effect::Sensitive};

/// The errors of placing and releasing a hold.
const HOLD: &[Code] = &[Code::InvalidAction, Code::StaleVersion];

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("deletions")
        // The function `staff-users` shows the user.
        .also_served_by("/api/admin/users/{id}", Method::GET)
        .route(
            Method::DELETE,
            "/api/admin/users/{id}",
            Access::staff(Permission::UserPurge).above_target("id"),
            Sensitive,
            purge::delete_user,
            "Delete a user without a grace period.",
        )
        .errors(&[Code::InvalidAction, Code::LastSuperadmin, Code::LegalHold, Code::SoleOwner])
        .route(
            Method::POST,
            "/api/admin/users/{id}/hold",
            Access::staff(Permission::DeletionHold).above_staff_target("id"),
            Sensitive,
            hold::place_user_hold,
            "Place a legal hold on an account. A pending deletion stops, later ones start on hold, and purge and expedite are refused until the hold is released.",
        )
        .errors(HOLD)
        .route(
            Method::DELETE,
            "/api/admin/users/{id}/hold",
            Access::staff(Permission::DeletionHold).above_staff_target("id"),
            Sensitive,
            lift_hold::release_user_hold,
            "Release the legal hold on an account. A pending deletion waits for its due date again.",
        )
        .errors(HOLD)
        .get("/api/admin/deletions", Access::staff(Permission::DeletionRead), list::list_deletions, "List deletion requests, newest first.")
        .get("/api/admin/deletions/{id}", Access::staff(Permission::DeletionRead), show::get_deletion, "Get a deletion request.")
        .route(
            Method::POST,
            "/api/admin/deletions/{id}/expedite",
            Access::staff(Permission::DeletionExpedite).above_owner::<DeletionRequest>("id").strict(),
            Sensitive,
            expedite::expedite_deletion,
            "Erase the account of a deletion request now, without waiting for its due date. The caller must rank above the user.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion, Code::LegalHold])
        .route(
            Method::POST,
            "/api/admin/deletions/{id}/cancel",
            Access::staff(Permission::DeletionCancel).above_owner::<DeletionRequest>("id"),
            Sensitive,
            cancel::cancel_deletion,
            "Cancel a deletion request. The account is restored; a legal hold on it remains. Only a root administrator can cancel a purge.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::POST,
            "/api/admin/deletions/{id}/hold",
            Access::staff(Permission::DeletionHold).above_owner::<DeletionRequest>("id"),
            Sensitive,
            hold::place_deletion_hold,
            "Place a legal hold on the account of a deletion request. The hold remains when the request ends.",
        )
        .errors(HOLD)
        .route(
            Method::DELETE,
            "/api/admin/deletions/{id}/hold",
            Access::staff(Permission::DeletionHold).above_owner::<DeletionRequest>("id"),
            Sensitive,
            lift_hold::release_deletion_hold,
            "Release the legal hold on the account of a deletion request. The request waits for its due date again.",
        )
        .errors(HOLD)
        .get(
            "/api/admin/deletions/{id}/receipt",
            Access::staff(Permission::DeletionRead),
            receipt::get_deletion_receipt,
            "Get the signed receipt of an erasure, with the key that verifies it.",
        )
        .errors(&[Code::InvalidAction])
        .get("/cancel-deletion/{token}", Access::public(), cancel_by_link::show_cancel_deletion_page, "Show the page of the cancellation link in the email. Changes nothing.")
        .errors(&[Code::LinkExpired, Code::LinkRevoked, Code::InvalidAction])
        .page()
        .route(
            Method::POST,
            "/cancel-deletion/{token}",
            Access::public(),
            Sensitive,
            cancel_by_link::cancel_deletion_by_link,
            "Cancel a deletion by the link in the email.",
        )
        .errors(&[Code::LinkExpired, Code::LinkRevoked, Code::InvalidAction])
        .page()
}

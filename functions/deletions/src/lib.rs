//! Deletions as staff see them to their end, and the link by which a person takes theirs back.

mod cancel;
mod cancel_by_link;
mod changes;
mod expedite;
mod hold;
mod lift_hold;
mod list;
mod purge;
mod receipt;
mod show;

use http::Method;
use provost_domain::{Code, Permission, deletion::DeletionRequest};
use provost_http::{Over, Permit, Public, RankedOwner, Routes, routes::Effect::Sensitive};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("deletions")
        .row(
            Method::DELETE,
            "/api/admin/users/{id}",
            Over(Permission::UserPurge),
            Sensitive,
            purge::purge,
            "Erases an account without a grace period.",
        )
        .refuses(&[Code::InvalidAction, Code::LastSuperadmin])
        .get("/api/admin/deletions", Permit(Permission::DeletionRead), list::list, "Lists deletion requests, newest first.")
        .get("/api/admin/deletions/{id}", Permit(Permission::DeletionRead), show::show, "Shows one deletion request.")
        .row(
            Method::POST,
            "/api/admin/deletions/{id}/expedite",
            RankedOwner::<DeletionRequest>::new(Permission::DeletionExpedite).strict(),
            Sensitive,
            expedite::expedite,
            "Carries a deletion out now, without waiting for its day. It takes someone who stands above the person concerned.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion, Code::LegalHold])
        .row(
            Method::POST,
            "/api/admin/deletions/{id}/cancel",
            RankedOwner::<DeletionRequest>::new(Permission::DeletionCancel),
            Sensitive,
            cancel::cancel,
            "Cancels a deletion; the account is as it was.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::POST,
            "/api/admin/deletions/{id}/hold",
            RankedOwner::<DeletionRequest>::new(Permission::DeletionHold),
            Sensitive,
            hold::hold,
            "Puts a legal hold on a deletion: it waits until the hold is lifted.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::DELETE,
            "/api/admin/deletions/{id}/hold",
            RankedOwner::<DeletionRequest>::new(Permission::DeletionHold),
            Sensitive,
            lift_hold::lift_hold,
            "Lifts the legal hold; the deletion waits for its day again.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/admin/deletions/{id}/receipt",
            Permit(Permission::DeletionRead),
            receipt::receipt,
            "Answers the signed receipt of an erasure, and the key that verifies it.",
        )
        .refuses(&[Code::InvalidAction])
        .get("/cancel-deletion/{token}", Public, cancel_by_link::ask, "Shows the page that the link in the mail leads to; changes nothing.")
        .refuses(&[Code::LinkExpired, Code::LinkRevoked, Code::InvalidAction])
        .page()
        .row(
            Method::POST,
            "/cancel-deletion/{token}",
            Public,
            Sensitive,
            cancel_by_link::cancel_by_link,
            "Cancels the deletion that the link in the mail names.",
        )
        .refuses(&[Code::LinkExpired, Code::LinkRevoked, Code::InvalidAction])
        .page()
}

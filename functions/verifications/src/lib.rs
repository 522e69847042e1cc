//! The routes of the function `verifications`: people show who they are or that they study, staff see and decide; and documents that staff keep about a person.

mod add_document;
mod approve;
mod arrive;
mod ask;
mod deassign_student;
mod decide;
mod identity;
mod image;
mod list;
mod list_documents;
mod reject;
mod require_reverify;
mod show;
mod student;
mod uploads;
mod views;

use http::Method;
use provost_domain::{
    Code,
    Permission::{UserDocuments, VerificationDecide, VerificationImages, VerificationRead, VerificationStudent},
    verification::Verification,
};
use provost_http::{
    Effect::{Sensitive, Write},
    Permit, Ranked, RankedOwner, Routes, SignedIn,
};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("verifications")
        .row(
            Method::POST,
            "/api/verifications/student",
            SignedIn,
            Write,
            student::submit_student_verification,
            "Ask to have student status verified.",
        )
        .refuses(&[Code::InvalidAction])
        .row(
            Method::POST,
            "/api/verifications/identity",
            SignedIn,
            Sensitive,
            identity::submit_identity_verification,
            "Send a document and a selfie to have your identity verified, in the request or to the addresses that are answered.",
        )
        .refuses(&[Code::InvalidAction])
        .get(
            "/api/admin/verifications",
            Permit(VerificationRead),
            list::list_verifications,
            "Verifications, newest first, by status and type.",
        )
        .get("/api/admin/verifications/{id}", Permit(VerificationRead), show::get_verification, "One verification.")
        .row(
            Method::POST,
            "/api/admin/verifications/{id}/approve",
            RankedOwner::<Verification>::new(VerificationDecide),
            Write,
            approve::approve_verification,
            "Approve a verification; it counts at once.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::POST,
            "/api/admin/verifications/{id}/reject",
            RankedOwner::<Verification>::new(VerificationDecide),
            Write,
            reject::reject_verification,
            "Reject a verification and say why.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::GET,
            "/api/admin/verifications/{id}/images/{kind}",
            RankedOwner::<Verification>::new(VerificationImages),
            Sensitive,
            image::get_verification_image,
            "See the document or the selfie: 303 to a URL that works for a minute. Every view is audited.",
        )
        .refuses(&[Code::InvalidAction, Code::ValidationFailed])
        .row(
            Method::DELETE,
            "/api/admin/users/{id}/deassign-student",
            Ranked(VerificationStudent),
            Write,
            deassign_student::remove_student_status,
            "Take student status from a user, with its tier and limits.",
        )
        .refuses(&[Code::StaleVersion])
        .row(
            Method::POST,
            "/api/admin/users/{id}/require-student-reverify",
            Ranked(VerificationStudent),
            Write,
            require_reverify::require_student_reverification,
            "Ask a student to show it again; until then the tier is a free one.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/documents",
            Ranked(UserDocuments),
            list_documents::list_user_documents,
            "Documents that staff keep about a user, newest first. Every look is audited.",
        )
        .row(
            Method::POST,
            "/api/admin/users/{id}/documents",
            Ranked(UserDocuments),
            Write,
            add_document::add_user_document,
            "Keep a document about a user.",
        )
}

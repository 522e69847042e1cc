//! The routes of the function `verifications`: identity and student verifications, and documents that staff hold about users.

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
            "Submit your student status for verification.",
        )
        .refuses(&[Code::InvalidAction])
        .row(
            Method::POST,
            "/api/verifications/identity",
            SignedIn,
            Sensitive,
            identity::submit_identity_verification,
            "Submit a document and a selfie to verify your identity, in the request or by the upload URLs in the answer.",
        )
        .refuses(&[Code::InvalidAction])
        .get(
            "/api/admin/verifications",
            Permit(VerificationRead),
            list::list_verifications,
            "List verifications by status and type, newest first.",
        )
        .get("/api/admin/verifications/{id}", Permit(VerificationRead), show::get_verification, "Get a verification.")
        .row(
            Method::POST,
            "/api/admin/verifications/{id}/approve",
            RankedOwner::<Verification>::new(VerificationDecide),
            Write,
            approve::approve_verification,
            "Approve a verification. Takes effect immediately.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::POST,
            "/api/admin/verifications/{id}/reject",
            RankedOwner::<Verification>::new(VerificationDecide),
            Write,
            reject::reject_verification,
            "Reject a verification with a reason.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .row(
            Method::GET,
            "/api/admin/verifications/{id}/images/{kind}",
            RankedOwner::<Verification>::new(VerificationImages),
            Sensitive,
            image::get_verification_image,
            "View the document or the selfie. Redirects (303) to a URL that is valid for one minute. Each view is audited.",
        )
        .refuses(&[Code::InvalidAction, Code::ValidationFailed])
        .row(
            Method::DELETE,
            "/api/admin/users/{id}/deassign-student",
            Ranked(VerificationStudent),
            Write,
            deassign_student::remove_student_status,
            "Remove student status from a user, with its tier and limits.",
        )
        .refuses(&[Code::StaleVersion])
        .row(
            Method::POST,
            "/api/admin/users/{id}/require-student-reverify",
            Ranked(VerificationStudent),
            Write,
            require_reverify::require_student_reverification,
            "Require a student to verify again. The account is on the free tier until then.",
        )
        .refuses(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/documents",
            Ranked(UserDocuments),
            list_documents::list_user_documents,
            "List the documents that staff hold about a user, newest first. Each access is audited.",
        )
        .row(
            Method::POST,
            "/api/admin/users/{id}/documents",
            Ranked(UserDocuments),
            Write,
            add_document::add_user_document,
            "Add a document about a user.",
        )
}

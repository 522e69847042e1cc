//! The routes of the function `verifications`: identity and student verifications, and documents
//! that staff hold about users.

mod add_document;
mod approve;
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
    Permission::{
        UserDocuments, VerificationDecide, VerificationImages, VerificationRead,
        VerificationStudent,
    },
    verification::Verification,
};
use provost_http::{
    Access,
    Effect::{Sensitive, Write},
    Routes,
};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("verifications")
        .route(
            Method::POST,
            "/api/verifications/student",
            Access::signed_in(),
            Write,
            student::submit_student_verification,
            "Submit your student status for verification.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::POST,
            "/api/verifications/identity",
            Access::signed_in(),
            Sensitive,
            identity::submit_identity_verification,
            "Submit a document and a selfie to verify your identity, in the request or by the upload URLs in the answer.",
        )
        .errors(&[Code::InvalidAction])
        .get(
            "/api/admin/verifications",
            Access::staff(VerificationRead),
            list::list_verifications,
            "List verifications by status and type, newest first.",
        )
        .get("/api/admin/verifications/{id}", Access::staff(VerificationRead), show::get_verification, "Get a verification.")
        .route(
            Method::POST,
            "/api/admin/verifications/{id}/approve",
            Access::staff(VerificationDecide).above_owner::<Verification>("id"),
            Write,
            approve::approve_verification,
            "Approve a verification. Takes effect immediately.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::POST,
            "/api/admin/verifications/{id}/reject",
            Access::staff(VerificationDecide).above_owner::<Verification>("id"),
            Write,
            reject::reject_verification,
            "Reject a verification with a reason.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::GET,
            "/api/admin/verifications/{id}/images/{kind}",
            Access::staff(VerificationImages).above_owner::<Verification>("id"),
            Sensitive,
            image::get_verification_image,
            "View the document or the selfie. Redirects (303) to a URL that is valid for one minute. Each view is audited.",
        )
        .errors(&[Code::InvalidAction, Code::ValidationFailed])
        .route(
            Method::DELETE,
            "/api/admin/users/{id}/deassign-student",
            Access::staff(VerificationStudent).above_staff_target("id"),
            Write,
            deassign_student::remove_student_status,
            "Remove student status from a user, with its tier and limits.",
        )
        .errors(&[Code::StaleVersion])
        .route(
            Method::POST,
            "/api/admin/users/{id}/require-student-reverify",
            Access::staff(VerificationStudent).above_staff_target("id"),
            Write,
            require_reverify::require_student_reverification,
            "Require a student to verify again. The account is on the free tier until then.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .get(
            "/api/admin/users/{id}/documents",
            Access::staff(UserDocuments).above_staff_target("id"),
            list_documents::list_user_documents,
            "List the documents that staff hold about a user, newest first. Each access is audited.",
        )
        .route(
            Method::POST,
            "/api/admin/users/{id}/documents",
            Access::staff(UserDocuments).above_staff_target("id"),
            Write,
            add_document::add_user_document,
            "Add a document about a user.",
        )
}

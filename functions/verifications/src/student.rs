//! `POST /api/verifications/student`: submit proof of student status: GitHub, Hack Club or a
//! document from a school. Staff decide.

use provost_domain::{
    ApiError,
    entitlement::{StudentClaim, StudentSource},
    staff_record::github_login,
    verification::{ImageKind, VerificationType},
};
use provost_http::{Body, Created, HandlerResult, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ask::ask, uploads::Upload, views::AskedView};

/// Media types of proof of student status.
const TYPES: [&str; 3] = ["image/jpeg", "image/png", "application/pdf"];

/// Request to verify student status.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskStudent {
    /// Kind of proof.
    source: StudentSource,
    /// GitHub username. Required for `github`.
    #[serde(default)]
    github_login: Option<String>,
    /// Document from a school: JPEG, PNG or PDF. Required for `document`.
    #[serde(default)]
    document: Option<Upload>,
}

/// Submits a student verification.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for a user whose student status is already verified,
/// `IN_PROGRESS`.
pub async fn submit_student_verification(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<AskStudent>,
) -> HandlerResult<Created<AskedView>> {
    if body.source == StudentSource::Github && body.github_login.is_none() {
        return Err(ApiError::field(
            "githubLogin",
            "required",
            "The GitHub username is missing. Enter your GitHub username.",
        )
        .into());
    }
    if body.source == StudentSource::Document && body.document.is_none() {
        return Err(ApiError::field(
            "document",
            "required",
            "The document is missing. Send a document from your school.",
        )
        .into());
    }
    // Nothing is stored for a request that the operation would refuse.
    VerificationType::Student.check_needed(&ctx.caller.user)?;
    let claim = StudentClaim {
        source: body.source,
        github_login: body.github_login.as_deref().map(github_login).transpose()?,
    };
    let document = body.document.map(|document| document.check("document", &TYPES)).transpose()?;
    ask(
        &ctx,
        VerificationType::Student,
        Some(claim),
        document.into_iter().map(|document| (ImageKind::Document, document)).collect(),
    )
    .await
}

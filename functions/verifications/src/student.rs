//! `POST /api/verifications/student`: ask to have student status verified, by GitHub, by Hack Club, or by a document of one's school. Staff decide.

use provost_domain::{
    Refused,
    entitlement::{StudentClaim, StudentSource},
    staff_record::github_login,
    verification::{ImageKind, VerificationType},
};
use provost_http::{Answer, Body, Call, Created, Person};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ask::ask, uploads::Upload, views::AskedView};

/// What a proof of studies may be.
const TYPES: [&str; 3] = ["image/jpeg", "image/png", "application/pdf"];

/// Asking for student status.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskStudent {
    /// How it is shown.
    source: StudentSource,
    /// The name at GitHub; needed for `github`.
    #[serde(default)]
    github_login: Option<String>,
    /// The proof: JPEG, PNG or PDF; needed for `document`.
    #[serde(default)]
    document: Option<Upload>,
}

/// Asks for student status.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for someone who has it, `IN_PROGRESS`.
pub async fn submit_student_verification(call: Call<Person>, Body(body): Body<AskStudent>) -> Answer<Created<AskedView>> {
    if body.source == StudentSource::Github && body.github_login.is_none() {
        return Err(Refused::field("githubLogin", "required", "Give your name at GitHub.").into());
    }
    if body.source == StudentSource::Document && body.document.is_none() {
        return Err(Refused::field("document", "required", "Send a document of your school.").into());
    }
    if call.caller.principal.student_verified {
        return Err(Refused::invalid_action("Your student status is verified already.", &[]).into());
    }
    let claim = StudentClaim { source: body.source, github_login: body.github_login.as_deref().map(github_login).transpose()? };
    let document = body.document.map(|document| document.check("document", &TYPES)).transpose()?;
    ask(&call, VerificationType::Student, Some(claim), document.into_iter().map(|document| (ImageKind::Document, document)).collect()).await
}

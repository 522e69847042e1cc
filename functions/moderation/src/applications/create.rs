//! `POST /api/applications`: apply for something that staff decide.

use provost_domain::{
    application::{Answers, ApplicationType},
    lockout::APPLICATIONS,
};
use provost_http::{Body, Created, HandlerResult, LimitKey, RequestContext, SignedInGrant};
use provost_operations::application::submit_application;
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::OwnApplicationView;
use crate::spelling;

/// Request to submit an application.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubmitApplication {
    /// Type of application, in lower or upper case. A ban is appealed by the link in the email.
    #[serde(deserialize_with = "spelling::required")]
    r#type: ApplicationType,
    /// The answers by question. For `staff`: `why` (200 to 2000 characters), `experience` (100 to
    /// 2000), `availability`, `role` (moderator, developer, designer, support or other). For
    /// `partner`: `website` (a URL), `description` (100 to 2000), `audience`, `collaboration` (50 to
    /// 1000). For `verification`: `reason` (50 to 500) and `socialLinks` (up to 10 URLs, optional).
    answers: Answers,
}

/// Submits an application.
///
/// # Errors
/// `VALIDATION_FAILED`, `RATE_LIMITED`, `INVALID_ACTION`, `ALREADY_EXISTS`.
pub async fn create_application(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<SubmitApplication>,
) -> HandlerResult<Created<OwnApplicationView>> {
    let applicant = &ctx.caller.user;
    ctx.count_once(APPLICATIONS, LimitKey::Account(applicant.user_id)).await?;
    let change = submit_application(&ctx.op(None), applicant, body.r#type, &body.answers)?;
    ctx.complete(change, |application| {
        Created(OwnApplicationView::of(application, Vec::new()), "/api/applications".to_owned())
    })
    .await
}

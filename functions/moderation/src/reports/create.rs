//! `POST /api/reports`: report a user, or a file or short URL.

use provost_domain::{
    ApiError, UserId,
    application::check_url,
    content::{ContentId, ContentKind},
    lockout::REPORTS,
    report::{MAX_LINKS, MAX_TEXT, ReportCategory},
    text,
};
use provost_http::{Body, Created, HandlerResult, LimitKey, RequestContext, SignedInGrant};
use provost_operations::report::{NewReport, ReportTarget, file_report};
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::OwnReportView;
use crate::spelling;

/// Request to report a user or content: either `reportedUserId` or `contentId`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileReport {
    /// User id of the reported user.
    #[serde(default)]
    reported_user_id: Option<UserId>,
    /// Kind of the reported content: `file` or `url`; upper case is accepted too. Found by the id if
    /// omitted.
    #[serde(default, deserialize_with = "spelling::optional")]
    content_type: Option<ContentKind>,
    /// Id of the reported file or short URL.
    #[serde(default)]
    content_id: Option<ContentId>,
    /// Category, in lower or upper case.
    #[serde(deserialize_with = "spelling::required")]
    category: ReportCategory,
    /// Why you report it, 10 to 500 characters.
    #[schemars(length(min = 10, max = 500))]
    reason: String,
    /// Further details, at most 2000 characters.
    #[serde(default, alias = "details")]
    #[schemars(length(max = 2000))]
    description: Option<String>,
    /// URLs as evidence, at most 10.
    #[serde(default)]
    #[schemars(length(max = 10))]
    evidence: Vec<String>,
}

/// Files a report.
///
/// # Errors
/// `VALIDATION_FAILED`, `RATE_LIMITED`, `INVALID_USER_ID`, `NOT_FOUND`, `CANNOT_MODIFY_SELF`,
/// `ALREADY_EXISTS`.
pub async fn create_report(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<FileReport>,
) -> HandlerResult<Created<OwnReportView>> {
    let reporter = &ctx.caller.user;
    let reason = text::note("reason", &body.reason, 500)?;
    if reason.chars().count() < 10 {
        return Err(ApiError::field(
            "reason",
            "too_short",
            "This reason is too short. Write 10 to 500 characters.",
        )
        .into());
    }
    let description =
        body.description.as_deref().map(|given| text::note("description", given, MAX_TEXT));
    let description = description.transpose()?;
    if body.evidence.len() > MAX_LINKS {
        return Err(ApiError::field(
            "evidence",
            "too_many",
            format!("Send at most {MAX_LINKS} URLs as evidence."),
        )
        .into());
    }
    let evidence =
        body.evidence.iter().map(|url| check_url("evidence", url)).collect::<Result<_, _>>()?;
    ctx.count_once(REPORTS, LimitKey::Account(reporter.user_id)).await?;
    let target = target(&ctx, &body).await?;
    let new = NewReport { target, category: body.category, reason, description, evidence };
    let change = file_report(&ctx.op(None), reporter, new).await?;
    ctx.complete(change, |report| Created(OwnReportView::from(report), "/api/reports".to_owned()))
        .await
}

/// What the report is about.
async fn target(
    ctx: &RequestContext<SignedInGrant>,
    body: &FileReport,
) -> HandlerResult<ReportTarget> {
    let store = ctx.app.store();
    match (body.reported_user_id, body.content_id) {
        (Some(user), None) if body.content_type.is_none() => {
            let user = store.user(user).await?.ok_or_else(ApiError::no_such_user)?;
            Ok(ReportTarget::User(user))
        }
        (None, Some(id)) => {
            let missing = || ApiError::missing("content");
            if body.content_type.is_some_and(|kind| kind != id.kind()) {
                return Err(missing().into());
            }
            let found = store.content(id).await?.filter(|content| !content.is_removed());
            let content = found.ok_or_else(missing)?;
            let owner = store.user(content.owner_id).await?.ok_or_else(missing)?;
            Ok(ReportTarget::Content(content, owner))
        }
        (None, None) => Err(ApiError::field(
            "reportedUserId",
            "required",
            "Say what you report: send `reportedUserId` or `contentId`.",
        )
        .into()),
        (Some(_), _) => Err(ApiError::field(
            "contentId",
            "contradiction",
            "A report is about a user or about content. Send only `reportedUserId` or `contentId`.",
        )
        .into()),
    }
}

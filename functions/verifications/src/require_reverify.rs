//! `POST /api/admin/users/{id}/require-student-reverify`: require a student to verify again. The
//! next sign-in says so, and the account is on the free tier until then.

use provost_http::{
    Body, HandlerResult, Json, RequestContext, StaffTargetGrant,
    entitlements::{Changed, record},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::StudentView;

/// Request that a student verify again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequireReverify {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Requires a student to verify again.
///
/// # Errors
/// `INVALID_ACTION` for a user without student status, `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`,
/// `STALE_VERSION`.
pub async fn require_student_reverification(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<RequireReverify>,
) -> HandlerResult<Json<StudentView>> {
    let (now, reason) = (ctx.now(), ctx.reason(body.reason.as_deref())?);
    let before = ctx.target.clone();
    ctx.check_version(before.version)?;
    let profile = ctx.app.store().profile(before.user_id).await?;
    if before.entitlements.reverify_required() {
        return Ok(Json::new(StudentView::of(&before, profile.limits)).version(before.version));
    }
    let (changed, limits) = before.clone().require_reverify(profile.limits.clone(), now)?;

    let answer = Json::new(StudentView::of(&changed, limits.clone())).version(changed.version);
    let change = Changed { before: &before, profile, after: &changed, limits };
    record(&ctx, "student.reverify_required", reason, change, &answer).await?;
    Ok(answer)
}

//! `POST /api/admin/users/{id}/require-student-reverify`: require a student to verify again. The
//! next sign-in says so, and the account is on the free tier until then.

use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::{billing::Entitled, verification as verifications};
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
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = &ctx.target;
    ctx.check_version(before.version)?;
    let profile = ctx.app.store().profile(before.user_id).await?;
    let limits = profile.limits.clone();
    match verifications::require_reverification(&ctx.op(reason), before, profile)? {
        Some(change) => ctx.complete(change, StudentView::after).await,
        None => Ok(StudentView::after(Entitled { account: before.clone(), limits })),
    }
}

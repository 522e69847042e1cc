//! `DELETE /api/admin/users/{id}/deassign-student`: remove student status, with the educational
//! tier and its limits. Repeating the request changes nothing.

use provost_http::{BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::{billing::Entitled, verification as verifications};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::StudentView;

/// Request to remove student status.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeassignStudent {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Removes student status.
///
/// # Errors
/// `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn remove_student_status(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<DeassignStudent>,
) -> HandlerResult<Json<StudentView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = &ctx.target;
    ctx.check_version(before.version)?;
    let profile = ctx.app.store().profile(before.user_id).await?;
    let limits = profile.limits.clone();
    match verifications::remove_student_status(&ctx.op(reason), before, profile)? {
        Some(change) => ctx.complete(change, StudentView::after).await,
        None => Ok(StudentView::after(Entitled { account: before.clone(), limits })),
    }
}

//! `DELETE /api/admin/users/{id}/cancel-plan`: cancel a plan. The account returns to exactly what
//! it had before. Repeating the request changes nothing.

use provost_http::{BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::billing::{self, Entitled};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::CurrentPlanView;

/// Request to cancel a plan.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CancelPlan {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Cancels a plan.
///
/// # Errors
/// `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn cancel_plan(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<CancelPlan>,
) -> HandlerResult<Json<CurrentPlanView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = &ctx.target;
    ctx.check_version(before.version)?;
    let profile = ctx.app.store().profile(before.user_id).await?;
    let limits = profile.limits.clone();
    match billing::cancel_plan(&ctx.op(reason), before, profile)? {
        Some(change) => ctx.complete(change, CurrentPlanView::after).await,
        None => Ok(CurrentPlanView::after(Entitled { account: before.clone(), limits })),
    }
}

//! `POST /api/admin/users/{id}/apply-plan`: apply a plan without a checkout. What the account had
//! before its first plan is kept, also when one plan follows another.

use provost_domain::{ApiError, ProductId};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::billing;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::CurrentPlanView;

/// Request to apply a plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplyPlan {
    /// Product id of the plan.
    plan_id: String,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// Applies a plan.
///
/// # Errors
/// `NOT_FOUND` for an unknown plan, `INVALID_ACTION` for a plan that is not available or an account
/// that is scheduled for deletion, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn apply_plan(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<ApplyPlan>,
) -> HandlerResult<Json<CurrentPlanView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    ctx.check_version(ctx.target.version)?;
    let id: ProductId = body.plan_id.parse().map_err(|_| ApiError::missing("plan"))?;
    let (op, by) = (ctx.op(reason), ctx.caller.user.pseudonym);
    let change = billing::apply_plan(&op, &ctx.target, id, by).await?;
    ctx.complete(change, CurrentPlanView::after).await
}

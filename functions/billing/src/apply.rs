//! `POST /api/admin/users/{id}/apply-plan`: apply a plan without a checkout. What the account had
//! before its first plan is kept, also when one plan follows another.

use provost_domain::{ApiError, ProductId, Status, entitlement::PlanSource};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, StaffTargetGrant,
    entitlements::{Changed, record},
};
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
    let (now, reason, store) = (ctx.now(), ctx.reason(body.reason.as_deref())?, ctx.app.store());
    let before = ctx.target.clone();
    ctx.check_version(before.version)?;
    if before.status == Status::Deleted {
        return Err(ApiError::invalid_action(
            "This account is scheduled for deletion. Cancel the deletion first.",
            &["cancel-deletion"],
        )
        .into());
    }
    let id: ProductId = body.plan_id.parse().map_err(|_| ApiError::missing("plan"))?;
    let plan = store
        .product(id)
        .await?
        .filter(|product| product.deleted_at.is_none())
        .ok_or_else(|| ApiError::missing("plan"))?;
    if !plan.is_applicable_plan() {
        return Err(ApiError::invalid_action(
            "This product is not an available plan. Choose one from the list of plans.",
            &[],
        )
        .into());
    }
    let profile = store.profile(before.user_id).await?;
    let source = PlanSource::Staff { by: ctx.caller.principal.pseudonym };
    let (changed, limits) = before.clone().apply_plan(&plan, &profile.limits, source, now);

    let answer = Json::new(CurrentPlanView::of(&changed, limits.clone())).version(changed.version);
    let change = Changed { before: &before, profile, after: &changed, limits };
    record(&ctx, "plan.applied", reason, change, &answer).await?;
    Ok(answer)
}

use provost_domain::{ApiError, ProductId, Pseudonym, User, entitlement::PlanSource};

use super::{Entitled, change_entitlements};
use crate::{Change, Op, OperationError};

/// Applies a plan without a checkout, by staff. What the account had before its first plan is kept,
/// also when one plan follows another.
///
/// # Errors
/// `NOT_FOUND` for an unknown plan, `INVALID_ACTION` for a plan that is not available or an account
/// that is scheduled for deletion.
pub async fn apply_plan(
    op: &Op<'_>,
    before: &User,
    plan: ProductId,
    by: Pseudonym,
) -> Result<Change<Entitled>, OperationError> {
    let store = op.app.store();
    before.check_not_scheduled_for_deletion()?;
    let plan = store
        .product(plan)
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
    let source = PlanSource::Staff { by };
    let (account, limits) = before.clone().apply_plan(&plan, &profile.limits, source, op.now);
    change_entitlements(op, "plan.applied", before, profile, Entitled { account, limits })
}

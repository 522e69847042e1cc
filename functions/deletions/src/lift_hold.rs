//! `DELETE /api/admin/users/{id}/hold` and `DELETE /api/admin/deletions/{id}/hold`: release a legal
//! hold. A pending deletion waits for its due date again.

use provost_api::DeletionView;
use provost_domain::deletion::DeletionRequest;
use provost_http::{
    BodyOrQuery, HandlerResult, Json, RequestContext, StaffOwnerGrant, StaffTargetGrant,
};
use provost_operations::deletion::{lift_hold, lift_hold_of_deletion};

use crate::{
    changes::{Reason, view},
    holds::AccountHoldView,
};

/// Releases a hold by user.
pub(crate) async fn release_user_hold(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<Reason>,
) -> HandlerResult<Json<AccountHoldView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    ctx.check_version(ctx.target.version)?;
    let change = lift_hold(&ctx.op(reason), &ctx.target).await?;
    let view = AccountHoldView::of(&ctx.app, &change.after).await?;
    ctx.complete(change, |released| Json::new(view).version(released.account.version)).await
}

/// Releases a hold by the account's pending deletion request.
pub(crate) async fn release_deletion_hold(
    ctx: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    BodyOrQuery(body): BodyOrQuery<Reason>,
) -> HandlerResult<Json<DeletionView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    ctx.check_version(ctx.thing.version)?;
    let change = lift_hold_of_deletion(&ctx.op(reason), &ctx.thing, ctx.owner.as_ref())?;
    let view = view(&ctx.app, &change.after).await?;
    ctx.complete(change, |released| Json::new(view).version(released.version)).await
}

//! `POST /api/admin/users/{id}/hold` and `POST /api/admin/deletions/{id}/hold`: place a legal hold.
//! While it lasts, nothing of the account can be erased.

use provost_api::DeletionView;
use provost_domain::deletion::DeletionRequest;
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant, StaffTargetGrant};
use provost_operations::deletion::{PlaceHold, place_hold, place_hold_on_deletion};

use crate::{
    changes::{Reason, view},
    holds::AccountHoldView,
};

/// Places a hold by user.
pub(crate) async fn place_user_hold(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<Reason>,
) -> HandlerResult<Json<AccountHoldView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    ctx.check_version(ctx.target.version)?;
    let hold = PlaceHold { by: ctx.caller.user.pseudonym, reason: reason.clone() };
    let change = place_hold(&ctx.op(Some(reason)), &ctx.target, hold).await?;
    let view = AccountHoldView::of(&ctx.app, &change.after).await?;
    ctx.complete(change, |held| Json::new(view).version(held.account.version)).await
}

/// Places a hold by the account's pending deletion request.
pub(crate) async fn place_deletion_hold(
    ctx: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> HandlerResult<Json<DeletionView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    ctx.check_version(ctx.thing.version)?;
    let hold = PlaceHold { by: ctx.caller.user.pseudonym, reason: reason.clone() };
    let change =
        place_hold_on_deletion(&ctx.op(Some(reason)), &ctx.thing, ctx.owner.as_ref(), hold)?;
    let view = view(&ctx.app, &change.after).await?;
    ctx.complete(change, |held| Json::new(view).version(held.version)).await
}

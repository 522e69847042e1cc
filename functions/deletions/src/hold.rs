//! `POST /api/admin/users/{id}/hold` and `POST /api/admin/deletions/{id}/hold`: place a legal hold.
//! While it lasts, nothing of the account can be erased.

use provost_domain::deletion::{DeletionRequest, DeletionView, Hold};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant, StaffTargetGrant};

use crate::{
    changes::{Reason, ended, view},
    holds::{Account, AccountHoldView},
};

/// Places a hold by user.
pub(crate) async fn place_user_hold(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<Reason>,
) -> HandlerResult<Json<AccountHoldView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    ctx.check_version(ctx.target.version)?;
    let account = Account::of(&ctx.app, ctx.target.clone()).await?;
    let changed = account.place(&ctx, ctx.caller.principal.pseudonym, reason)?;
    let answer =
        Json::new(changed.account.view(&ctx.app).await?).version(changed.account.person.version);
    ctx.commit(changed.tx, &answer).await?;
    Ok(answer)
}

/// Places a hold by the account's pending deletion request.
pub(crate) async fn place_deletion_hold(
    ctx: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> HandlerResult<Json<DeletionView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let (request, by) = (ctx.thing.clone(), ctx.caller.principal.pseudonym);
    ctx.check_version(request.version)?;
    let Some(account) = Account::waiting_for(ctx.owner.clone(), &request) else {
        // The state of the request determines the error.
        return Err(ended(request.hold(Hold { reason, by, at: ctx.now() })));
    };
    let changed = account.place(&ctx, by, reason)?;
    let request = changed.account.request.unwrap_or(request);
    let answer = Json::new(view(&ctx.app, &request).await?).version(request.version);
    ctx.commit(changed.tx, &answer).await?;
    Ok(answer)
}

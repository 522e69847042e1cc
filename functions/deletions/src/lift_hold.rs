//! `DELETE /api/admin/users/{id}/hold` and `DELETE /api/admin/deletions/{id}/hold`: release a legal
//! hold. A pending deletion waits for its due date again.

use provost_domain::deletion::{DeletionRequest, DeletionView};
use provost_http::{
    BodyOrQuery, HandlerResult, Json, RequestContext, StaffOwnerGrant, StaffTargetGrant,
};

use crate::{
    changes::{Reason, ended, view},
    holds::{Account, AccountHoldView},
};

/// Releases a hold by user.
pub(crate) async fn release_user_hold(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<Reason>,
) -> HandlerResult<Json<AccountHoldView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    ctx.check_version(ctx.target.version)?;
    let changed = Account::of(&ctx.app, ctx.target.clone()).await?.lift(&ctx, reason)?;
    let answer =
        Json::new(changed.account.view(&ctx.app).await?).version(changed.account.person.version);
    ctx.commit(changed.tx, &answer).await?;
    Ok(answer)
}

/// Releases a hold by the account's pending deletion request.
pub(crate) async fn release_deletion_hold(
    ctx: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    BodyOrQuery(body): BodyOrQuery<Reason>,
) -> HandlerResult<Json<DeletionView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let request = ctx.thing.clone();
    ctx.check_version(request.version)?;
    let Some(account) = Account::waiting_for(ctx.owner.clone(), &request) else {
        return Err(ended(request.lift_hold()));
    };
    let changed = account.lift(&ctx, reason)?;
    let request = changed.account.request.unwrap_or(request);
    let answer = Json::new(view(&ctx.app, &request).await?).version(request.version);
    ctx.commit(changed.tx, &answer).await?;
    Ok(answer)
}

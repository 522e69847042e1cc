//! `DELETE /api/admin/users/{id}/hold` and `DELETE /api/admin/deletions/{id}/hold`: release a legal hold. A pending deletion waits for its due date again.

use provost_domain::deletion::{DeletionRequest, DeletionView};
use provost_http::{Answer, BodyOrQuery, Json, RequestContext, StaffOwnerGrant, StaffTargetGrant};

use crate::{
    changes::{Reason, ended, view},
    holds::{Account, AccountHoldView},
};

/// By the account.
pub(crate) async fn release_user_hold(
    call: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<Reason>,
) -> Answer<Json<AccountHoldView>> {
    let reason = call.reason(body.reason.as_deref())?;
    call.check_version(call.target.version)?;
    let changed = Account::of(&call.app, call.target.clone()).await?.lift(&call, reason)?;
    let answer = Json::new(changed.account.view(&call.app).await?).version(changed.account.person.version);
    call.commit(changed.tx, &answer).await?;
    Ok(answer)
}

/// By the request that the account waits for.
pub(crate) async fn release_deletion_hold(
    call: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    BodyOrQuery(body): BodyOrQuery<Reason>,
) -> Answer<Json<DeletionView>> {
    let reason = call.reason(body.reason.as_deref())?;
    let request = call.thing.clone();
    call.check_version(request.version)?;
    let Some(account) = Account::waiting_for(call.owner.clone(), &request) else { return Err(ended(request.lift_hold())) };
    let changed = account.lift(&call, reason)?;
    let request = changed.account.request.unwrap_or(request);
    let answer = Json::new(view(&call.app, &request).await?).version(request.version);
    call.commit(changed.tx, &answer).await?;
    Ok(answer)
}

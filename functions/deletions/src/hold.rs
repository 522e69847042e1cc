//! `POST /api/admin/users/{id}/hold` and `POST /api/admin/deletions/{id}/hold`: place a legal hold. While it lasts, nothing of the account can be erased.

use provost_domain::deletion::{DeletionRequest, DeletionView, Hold};
use provost_http::{Answer, Body, Json, RequestContext, StaffOwnerGrant, StaffTargetGrant};

use crate::{
    changes::{Reason, ended, view},
    holds::{Account, AccountHoldView},
};

/// By the account.
pub(crate) async fn place_user_hold(call: RequestContext<StaffTargetGrant>, Body(body): Body<Reason>) -> Answer<Json<AccountHoldView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    call.check_version(call.target.version)?;
    let account = Account::of(&call.app, call.target.clone()).await?;
    let changed = account.place(&call, call.caller.principal.pseudonym, reason)?;
    let answer = Json::new(changed.account.view(&call.app).await?).version(changed.account.person.version);
    call.commit(changed.tx, &answer).await?;
    Ok(answer)
}

/// By the request that the account waits for.
pub(crate) async fn place_deletion_hold(
    call: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> Answer<Json<DeletionView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    let (request, by) = (call.thing.clone(), call.caller.principal.pseudonym);
    call.check_version(request.version)?;
    let Some(account) = Account::waiting_for(call.owner.clone(), &request) else {
        // Refused for what became of the request.
        return Err(ended(request.hold(Hold { reason, by, at: call.now() })));
    };
    let changed = account.place(&call, by, reason)?;
    let request = changed.account.request.unwrap_or(request);
    let answer = Json::new(view(&call.app, &request).await?).version(request.version);
    call.commit(changed.tx, &answer).await?;
    Ok(answer)
}

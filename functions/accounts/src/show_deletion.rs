//! `GET /api/users/me/deletion-request`: get the deletion request of your account.

use provost_domain::{
    ApiError,
    deletion::{DeletionRequest, DeletionView},
};
use provost_http::{Answer, Json, RequestContext, SignedInGrant};

pub(crate) async fn get_account_deletion(call: RequestContext<SignedInGrant>) -> Answer<Json<DeletionView>> {
    let request = pending(&call).await?;
    Ok(Json::new(request.for_owner()).version(request.version))
}

/// The pending deletion request of the caller's account.
pub(crate) async fn pending(call: &RequestContext<SignedInGrant>) -> Answer<DeletionRequest> {
    let Some(pending) = &call.caller.principal.deletion else { return Err(ApiError::missing("deletion request").into()) };
    Ok(call.app.store().deletion(pending.id).await?.ok_or_else(|| ApiError::missing("deletion request"))?)
}

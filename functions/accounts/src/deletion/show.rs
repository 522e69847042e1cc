//! `GET /api/users/me/deletion-request`: get the deletion request of your account.

use provost_api::DeletionView;
use provost_domain::{ApiError, deletion::DeletionRequest};
use provost_http::{HandlerResult, Json, RequestContext, SignedInGrant};

pub(crate) async fn get_account_deletion(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<Json<DeletionView>> {
    let request = pending(&ctx).await?;
    Ok(Json::new(DeletionView::for_owner(&request)).version(request.version))
}

/// The pending deletion request of the caller's account.
pub(crate) async fn pending(ctx: &RequestContext<SignedInGrant>) -> HandlerResult<DeletionRequest> {
    let Some(pending) = &ctx.caller.user.deletion else {
        return Err(ApiError::missing("deletion request").into());
    };
    Ok(ctx
        .app
        .store()
        .deletion(pending.id)
        .await?
        .ok_or_else(|| ApiError::missing("deletion request"))?)
}

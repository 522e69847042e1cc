//! `DELETE /api/users/me/deletion-request`: cancel the deletion of your account. The account is
//! restored, and you sign in again.

use provost_api::DeletionView;
use provost_domain::deletion::CancelledBy;
use provost_http::{HandlerResult, Json, RequestContext, SignedInGrant};
use provost_operations::deletion;

use crate::deletion::show::pending;

pub(crate) async fn cancel_account_deletion(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<Json<DeletionView>> {
    let request = pending(&ctx).await?;
    ctx.check_version(request.version)?;
    let account = Some(ctx.caller.user.clone());
    let change = deletion::cancel_deletion(&ctx.op(None), request, account, CancelledBy::Owner)?;
    ctx.complete(change, |cancelled| {
        Json::new(DeletionView::for_owner(&cancelled)).version(cancelled.version)
    })
    .await
}

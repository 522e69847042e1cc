//! `POST /api/users/me/deletion-request`: request the deletion of your account.

use provost_api::DeletionView;
use provost_http::{Accepted, Body, HandlerResult, RequestContext, SignedInGrant};
use provost_operations::deletion::{Requester, request_deletion};
use serde::Deserialize;

/// Request to delete your account.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct RequestDeletion {
    /// Optional reason.
    reason: Option<String>,
}

pub(crate) async fn request_account_deletion(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<RequestDeletion>,
) -> HandlerResult<Accepted<DeletionView>> {
    // The same session may repeat the request with its Idempotency-Key, in case the client missed
    // the response.
    ctx.caller.user.check_usable(ctx.now())?;
    let reason = ctx.reason(body.reason.as_deref())?;
    let account = &ctx.caller.user;
    let owner = Requester::Owner(ctx.caller.session());
    let change = request_deletion(&ctx.op(reason), account, owner).await?;
    ctx.complete(change, |requested| {
        let view = DeletionView::for_owner(&requested.request);
        Accepted(view, "/api/users/me/deletion-request".to_owned())
    })
    .await
}

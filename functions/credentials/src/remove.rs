//! `DELETE /api/apikeys/{id}`: delete an API key. Takes effect immediately.

use provost_http::{HandlerResult, NoContent, RequestContext, SignedInGrant};
use provost_operations::credential;

pub async fn delete_api_key(ctx: RequestContext<SignedInGrant>) -> HandlerResult<NoContent> {
    // Another user's key is reported as not found.
    let id = ctx.id("id", "API key")?;
    let change = credential::delete_api_key(&ctx.op(None), &ctx.caller.user, id)?;
    ctx.complete(change, |()| NoContent).await
}

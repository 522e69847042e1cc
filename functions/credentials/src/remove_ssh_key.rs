//! `DELETE /api/ssh-keys/{id}`: delete an SSH key.

use provost_http::{HandlerResult, NoContent, RequestContext, SignedInGrant};
use provost_operations::credential;

pub async fn delete_ssh_key(ctx: RequestContext<SignedInGrant>) -> HandlerResult<NoContent> {
    // Another user's key is reported as not found.
    let id = ctx.id("id", "SSH key")?;
    let change = credential::delete_ssh_key(&ctx.op(None), &ctx.caller.user, id).await?;
    ctx.complete(change, |()| NoContent).await
}

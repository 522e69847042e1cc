//! `DELETE /api/apikeys/{id}`: delete an API key. Takes effect immediately.

use provost_domain::{ApiError, ApiKeyId, audit::Resource};
use provost_http::{HandlerResult, NoContent, RequestContext, SignedInGrant};

pub async fn delete_api_key(ctx: RequestContext<SignedInGrant>) -> HandlerResult<NoContent> {
    let id: ApiKeyId = ctx.id("id", "API key")?;
    let mut principal = ctx.caller.principal.clone();
    // Another user's key is reported as not found.
    principal.api_keys.remove(&id).ok_or_else(|| ApiError::missing("API key"))?;
    let mut tx = ctx.app.transaction();
    tx.save_principal(&principal)?;
    tx.remove_api_key(principal.user_id, id)?;
    tx.audit(ctx.entry(
        "apikey.deleted",
        Resource::Owned { kind: "api_key", id: id.to_string(), owner: principal.subject() },
    ))?;
    ctx.commit(tx, &NoContent).await?;
    Ok(NoContent)
}

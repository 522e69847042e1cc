//! `DELETE /api/apikeys/{id}`: delete an API key. Takes effect immediately.

use provost_domain::{ApiError, ApiKeyId, audit::Resource};
use provost_http::{Answer, Nothing, RequestContext, SignedInGrant};

pub async fn delete_api_key(call: RequestContext<SignedInGrant>) -> Answer<Nothing> {
    let id: ApiKeyId = call.id("id", "API key")?;
    let mut principal = call.caller.principal.clone();
    // Somebody else's key does not exist here.
    principal.api_keys.remove(&id).ok_or_else(|| ApiError::missing("API key"))?;
    let mut tx = call.app.transaction();
    tx.save_principal(&principal)?;
    tx.remove_api_key(principal.user_id, id)?;
    tx.audit(call.entry("apikey.deleted", Resource::HasOwner { kind: "api_key", id: id.to_string(), owner: principal.subject() }))?;
    call.commit(tx, &Nothing).await?;
    Ok(Nothing)
}

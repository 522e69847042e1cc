//! `DELETE /api/apikeys/{id}`: delete an API key. Takes effect immediately.

use provost_domain::{ApiKeyId, Refused, audit::Resource};
use provost_http::{Answer, Call, Nothing, Person};

pub async fn delete_api_key(call: Call<Person>) -> Answer<Nothing> {
    let id: ApiKeyId = call.id("id", "API key")?;
    let mut principal = call.caller.principal.clone();
    // Somebody else's key does not exist here.
    principal.api_keys.remove(&id).ok_or_else(|| Refused::missing("API key"))?;
    let mut tx = call.app.transaction();
    tx.save_principal(&principal)?;
    tx.remove_api_key(principal.user_id, id)?;
    tx.audit(call.entry("apikey.deleted", Resource::Owned { kind: "api_key", id: id.to_string(), owner: principal.subject() }))?;
    call.commit(tx, &Nothing).await?;
    Ok(Nothing)
}

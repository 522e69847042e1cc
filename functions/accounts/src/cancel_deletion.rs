//! `DELETE /api/users/me/deletion-request`: cancel the deletion of your account. The account is restored, and you sign in again.

use provost_domain::{
    MessageId,
    audit::Resource,
    deletion::{CancelledBy, DeletionView},
};
use provost_http::{Answer, Json, RequestContext, SignedInGrant};

use crate::show_deletion::pending;

pub(crate) async fn cancel_account_deletion(call: RequestContext<SignedInGrant>) -> Answer<Json<DeletionView>> {
    let request = pending(&call).await?;
    call.check_version(request.version)?;
    let person = call.caller.principal.clone();
    let mut tx = call.app.transaction();
    let entry =
        call.entry("deletion.cancelled", Resource::HasOwner { kind: "deletion", id: request.id.to_string(), owner: person.subject() });
    let request = tx.cancel_deletion(request, Some(person), CancelledBy::Owner, call.app.id(MessageId::new), call.now())??;
    tx.audit(entry)?;
    let answer = Json::new(request.for_owner()).version(request.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}

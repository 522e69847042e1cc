//! `POST /api/admin/deletions/{id}/cancel`: cancel a deletion. The account is restored, and its sessions stay revoked.

use provost_domain::deletion::{CancelledBy, DeletionRequest, DeletionView};
use provost_http::{Answer, Body, Json, RequestContext, StaffOwnerGrant};

use crate::changes::{Reason, resource, view};

pub(crate) async fn cancel_deletion(
    call: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> Answer<Json<DeletionView>> {
    let reason = call.reason(body.reason.as_deref())?;
    let (request, person) = (call.thing.clone(), call.owner.clone());
    call.check_version(request.version)?;

    let mut tx = call.app.transaction();
    let mut entry = call.entry("deletion.cancelled", resource(&request, person.as_ref()));
    entry.reason = reason;
    let message = call.app.id(provost_domain::MessageId::new);
    let request = tx.cancel_deletion(request, person, CancelledBy::Staff(call.caller.principal.role), message, call.now())??;
    tx.audit(entry)?;
    let answer = Json::new(view(&call.app, &request).await?).version(request.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}

//! `POST /api/admin/deletions/{id}/hold`: a legal hold; nothing is erased until it is lifted.

use provost_domain::deletion::{DeletionRequest, DeletionView, Hold};
use provost_http::{Answer, Body, Call, Json, OwnedGrant};

use crate::changes::{Reason, resource, view};

pub(crate) async fn hold(call: Call<OwnedGrant<DeletionRequest>>, Body(body): Body<Reason>) -> Answer<Json<DeletionView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    let (request, person) = (call.thing.clone(), call.owner.clone());
    call.check_version(request.version)?;
    let (now, read) = (call.now(), request.version);
    let request = request.hold(Hold { reason: reason.clone(), by: call.caller.principal.pseudonym, at: now })?;

    let mut tx = call.app.transaction();
    tx.save_deletion(&request, read, now)?;
    let mut entry = call.entry("deletion.held", resource(&request, person.as_ref()));
    entry.reason = Some(reason);
    tx.audit(entry)?;
    let answer = Json::new(view(&call.app, &request).await?).version(request.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}

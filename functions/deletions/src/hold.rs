//! `POST /api/admin/deletions/{id}/hold`: a legal hold; nothing is erased until it is lifted.

use provost_domain::deletion::{DeletionView, Hold};
use provost_http::{Answer, Body, Call, Json, Staff};

use crate::changes::{Reason, find, person, resource, view};

pub(crate) async fn hold(call: Call<Staff>, Body(body): Body<Reason>) -> Answer<Json<DeletionView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    let request = find(&call).await?;
    call.check_version(request.version)?;
    let person = person(&call.app, &request).await?;
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

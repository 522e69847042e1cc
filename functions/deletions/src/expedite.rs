//! `POST /api/admin/deletions/{id}/expedite`: erase an account now, without waiting for the due date.

use provost_domain::{
    deletion::{DeletionRequest, DeletionView},
    message::Message,
};
use provost_http::{Accepted, Answer, Body, RequestContext, StaffOwnerGrant};

use crate::changes::{Reason, location, resource, view};

pub(crate) async fn expedite_deletion(
    call: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> Answer<Accepted<DeletionView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    let (request, person) = (call.thing.clone(), call.owner.clone());
    if let Some(person) = &person {
        person.check_not_held()?;
    }
    call.check_version(request.version)?;
    let (now, read) = (call.now(), request.version);
    let request = request.expedite(now)?;

    let mut tx = call.app.transaction();
    tx.save_deletion(&request, read, now)?;
    if let Some(mut changed) = person.clone() {
        if let Some(pending) = changed.deletion.as_mut() {
            pending.due_at = request.due_at;
        }
        tx.save_principal(&changed.changed(now))?;
    }
    let mut entry = call.entry("deletion.expedited", resource(&request, person.as_ref()));
    entry.reason = Some(reason);
    tx.audit(entry)?;
    call.app.send(&mut tx, Message::Deletion { request: request.id })?;
    let answer = Accepted(view(&call.app, &request).await?, location(&request));
    call.commit(tx, &answer).await?;
    Ok(answer)
}

//! `POST /api/admin/deletions/{id}/expedite`: carry a deletion out now, without waiting for its day.

use provost_domain::{deletion::DeletionView, message::Message, rank::check_rank};
use provost_http::{Accepted, Answer, Body, Call, Staff};

use crate::changes::{Reason, find, location, person, resource, view};

pub(crate) async fn expedite(call: Call<Staff>, Body(body): Body<Reason>) -> Answer<Accepted<DeletionView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    let request = find(&call).await?;
    let person = person(&call.app, &request).await?;
    // The path names the request, so the rule of rank is held here: whom it concerns is known only now.
    if let Some(person) = &person {
        check_rank(call.caller.acting(), person)?;
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

//! `POST /api/admin/deletions/{id}/expedite`: erase an account now, without waiting for the due
//! date.

use provost_domain::{
    deletion::{DeletionRequest, DeletionView},
    message::Message,
};
use provost_http::{Accepted, Body, HandlerResult, RequestContext, StaffOwnerGrant};

use crate::changes::{Reason, location, resource, view};

pub(crate) async fn expedite_deletion(
    ctx: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> HandlerResult<Accepted<DeletionView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let (request, person) = (ctx.thing.clone(), ctx.owner.clone());
    if let Some(person) = &person {
        person.check_not_held()?;
    }
    ctx.check_version(request.version)?;
    let (now, read) = (ctx.now(), request.version);
    let request = request.expedite(now)?;

    let mut tx = ctx.app.transaction();
    tx.save_deletion(&request, read, now)?;
    if let Some(mut changed) = person.clone() {
        if let Some(pending) = changed.deletion.as_mut() {
            pending.due_at = request.due_at;
        }
        tx.save_principal(&changed.changed(now))?;
    }
    let mut entry = ctx.entry("deletion.expedited", resource(&request, person.as_ref()));
    entry.reason = Some(reason);
    tx.audit(entry)?;
    ctx.app.send(&mut tx, Message::Deletion { request: request.id })?;
    let answer = Accepted(view(&ctx.app, &request).await?, location(&request));
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

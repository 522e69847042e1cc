//! `DELETE /api/admin/deletions/{id}/hold`: the legal hold is lifted; the deletion waits for its day again.

use provost_domain::deletion::DeletionView;
use provost_http::{Answer, BodyOrQuery, Call, Json, Staff};

use crate::changes::{Reason, find, person, resource, view};

pub(crate) async fn lift_hold(call: Call<Staff>, BodyOrQuery(body): BodyOrQuery<Reason>) -> Answer<Json<DeletionView>> {
    let reason = call.reason(body.reason.as_deref())?;
    let request = find(&call).await?;
    call.check_version(request.version)?;
    let person = person(&call.app, &request).await?;
    let read = request.version;
    let request = request.lift_hold()?;

    let mut tx = call.app.transaction();
    // A day that passed under the hold has passed: the next look at what is due finds it.
    tx.save_deletion(&request, read, call.now())?;
    let mut entry = call.entry("deletion.hold_lifted", resource(&request, person.as_ref()));
    entry.reason = reason;
    tx.audit(entry)?;
    let answer = Json::new(view(&call.app, &request).await?).version(request.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}

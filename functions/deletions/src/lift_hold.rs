//! `DELETE /api/admin/deletions/{id}/hold`: the legal hold is lifted; the deletion waits for its day again.

use provost_domain::deletion::{DeletionRequest, DeletionView};
use provost_http::{Answer, BodyOrQuery, Call, Json, OwnedGrant};

use crate::changes::{Reason, resource, view};

pub(crate) async fn lift_hold(
    call: Call<OwnedGrant<DeletionRequest>>,
    BodyOrQuery(body): BodyOrQuery<Reason>,
) -> Answer<Json<DeletionView>> {
    let reason = call.reason(body.reason.as_deref())?;
    let (request, person) = (call.thing.clone(), call.owner.clone());
    call.check_version(request.version)?;
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

//! `POST /api/admin/deletions/{id}/cancel`: cancel a deletion. The account is restored, and its
//! sessions stay revoked.

use provost_domain::deletion::{CancelledBy, DeletionRequest, DeletionView};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use provost_operations::deletion;

use crate::changes::{Reason, resource, view};

pub(crate) async fn cancel_deletion(
    ctx: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> HandlerResult<Json<DeletionView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let (request, person) = (ctx.thing.clone(), ctx.owner.clone());
    ctx.check_version(request.version)?;

    let mut tx = ctx.app.transaction();
    let mut entry = ctx.entry("deletion.cancelled", resource(&request, person.as_ref()));
    entry.reason = reason;
    let message = ctx.app.id(provost_domain::MessageId::new);
    let request = deletion::cancel(
        &mut tx,
        request,
        person,
        CancelledBy::Staff(ctx.caller.principal.role),
        message,
        ctx.now(),
    )?;
    tx.audit(entry)?;
    let answer = Json::new(view(&ctx.app, &request).await?).version(request.version);
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

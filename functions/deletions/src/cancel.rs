//! `POST /api/admin/deletions/{id}/cancel`: cancel a deletion. The account is restored, and its
//! sessions stay revoked.

use provost_api::DeletionView;
use provost_domain::deletion::{CancelledBy, DeletionRequest};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use provost_operations::deletion;

use crate::changes::{Reason, view};

pub(crate) async fn cancel_deletion(
    ctx: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> HandlerResult<Json<DeletionView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    ctx.check_version(ctx.thing.version)?;
    let by = CancelledBy::Staff(ctx.caller.user.rank());
    let change =
        deletion::cancel_deletion(&ctx.op(reason), ctx.thing.clone(), ctx.owner.clone(), by)?;
    let view = view(&ctx.app, &change.after).await?;
    ctx.complete(change, |cancelled| Json::new(view).version(cancelled.version)).await
}

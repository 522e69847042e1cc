//! `POST /api/admin/deletions/{id}/expedite`: erase an account now, without waiting for the due
//! date.

use provost_api::DeletionView;
use provost_domain::deletion::DeletionRequest;
use provost_http::{Accepted, Body, HandlerResult, RequestContext, StaffOwnerGrant};
use provost_operations::deletion;

use crate::changes::{Reason, location, view};

pub(crate) async fn expedite_deletion(
    ctx: RequestContext<StaffOwnerGrant<DeletionRequest>>,
    Body(body): Body<Reason>,
) -> HandlerResult<Accepted<DeletionView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    // A legal hold is reported even to a caller who read an older version.
    if let Some(account) = &ctx.owner {
        account.check_not_held()?;
    }
    ctx.check_version(ctx.thing.version)?;
    let change =
        deletion::expedite_deletion(&ctx.op(Some(reason)), ctx.thing.clone(), ctx.owner.as_ref())?;
    let view = view(&ctx.app, &change.after).await?;
    ctx.complete(change, |expedited| Accepted(view, location(&expedited))).await
}

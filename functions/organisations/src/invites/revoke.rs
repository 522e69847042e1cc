//! `DELETE /api/organisations/{id}/invite/{inviteId}`: revoke an open invitation.

use provost_http::{HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_operations::organisation as organisations;

use crate::find;

pub async fn revoke_invitation(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<NoContent> {
    let reason = ctx.reason(None)?;
    let invite = find::invite(&ctx).await?;
    let change = organisations::revoke_invitation(&ctx.op(reason), &ctx.inviter(), invite)?;
    ctx.complete(change, |_| NoContent).await
}

//! `POST /api/organisations/{id}/leave`: leave an organisation. The owner cannot leave.

use provost_domain::ApiError;
use provost_http::{HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_operations::organisation as organisations;

pub async fn leave_organisation(
    ctx: RequestContext<OrganisationGrant>,
) -> HandlerResult<NoContent> {
    let member = ctx.member.as_ref().ok_or_else(|| ApiError::missing("organisation"))?;
    let (op, me) = (ctx.op(ctx.reason(None)?), &ctx.caller.user);
    let change =
        organisations::leave_organisation(&op, &ctx.organisation, member, me, ctx.by()).await?;
    ctx.complete(change, |()| NoContent).await
}

//! `POST /api/organisations/{id}/leave`: leave an organisation. The owner cannot leave.

use provost_domain::ApiError;
use provost_http::{HandlerResult, NoContent, OrganisationGrant, RequestContext};

use crate::record::{OrganisationEvent, record, wake_owners_deletion};

pub async fn leave_organisation(
    ctx: RequestContext<OrganisationGrant>,
) -> HandlerResult<NoContent> {
    let member = ctx.member.as_ref().ok_or_else(|| ApiError::missing("organisation"))?;
    member.check_may_go()?;
    let mut tx = ctx.app.transaction();
    // A member who becomes the owner at the same time does not leave.
    tx.remove_member(ctx.organisation.id, member.member_id)?;
    wake_owners_deletion(&ctx, &mut tx).await?;
    record(
        &ctx,
        &mut tx,
        OrganisationEvent::of("organisation.member_left").about(Some(&ctx.caller.principal)),
    )?;
    ctx.commit(tx, &NoContent).await?;
    Ok(NoContent)
}

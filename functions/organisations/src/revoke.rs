//! `DELETE /api/organisations/{id}/invite/{inviteId}`: revoke an open invitation.

use provost_domain::organisation_invite::InviteStatus;
use provost_http::{HandlerResult, NoContent, OrganisationGrant, RequestContext};

use crate::{
    find,
    offer_ownership::check_may_manage,
    record::{OrganisationEvent, record},
};

pub async fn revoke_invitation(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<NoContent> {
    let invite = find::invite(&ctx).await?;
    check_may_manage(&ctx, &invite)?;
    let invite = invite.end(InviteStatus::Revoked, ctx.now())?;
    let mut tx = ctx.app.transaction();
    tx.save_invite(&invite)?;
    record(&ctx, &mut tx, OrganisationEvent::of("organisation.invite_revoked").invite(invite.id))?;
    ctx.commit(tx, &NoContent).await?;
    Ok(NoContent)
}

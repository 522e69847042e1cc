//! `POST /api/organisations/invites/{inviteId}/reject`: reject an invitation.

use provost_domain::organisation_invite::InviteStatus;
use provost_http::{HandlerResult, Json, RequestContext, SignedInGrant};

use crate::{
    find,
    record::{OrganisationEvent, record_as},
    views::MyInviteView,
};

pub async fn reject_invitation(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<Json<MyInviteView>> {
    let now = ctx.now();
    let (invite, organisation, _) = find::own_invite(&ctx).await?;
    let invite = invite.end(InviteStatus::Rejected, now)?;
    let mut tx = ctx.app.transaction();
    tx.check_principal(&ctx.caller.principal)?;
    tx.save_invite(&invite)?;
    // The organisation keeps no data about a user who did not join: the entry names the invitation,
    // and its actor by pseudonym.
    tx.check_organisation(organisation.id)?;
    record_as(
        &ctx,
        &ctx.caller,
        organisation.id,
        false,
        &mut tx,
        OrganisationEvent::of("organisation.invite_rejected").invite(invite.id),
    )?;
    let answer = Json::new(MyInviteView::of(&invite, &organisation, now));
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

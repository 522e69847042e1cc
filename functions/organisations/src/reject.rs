//! `POST /api/organisations/invites/{inviteId}/reject`: reject an invitation.

use provost_domain::organisation_invite::InviteStatus;
use provost_http::{Answer, Json, RequestContext, SignedInGrant};

use crate::{
    find,
    record::{OrganisationEvent, record_as},
    views::MyInviteView,
};

pub async fn reject_invitation(call: RequestContext<SignedInGrant>) -> Answer<Json<MyInviteView>> {
    let now = call.now();
    let (invite, organisation, _) = find::own_invite(&call).await?;
    let invite = invite.end(InviteStatus::Rejected, now)?;
    let mut tx = call.app.transaction();
    tx.check_principal(&call.caller.principal)?;
    tx.save_invite(&invite)?;
    // Who did not join is no part of what the organisation keeps: the entry names the invitation, and its actor by pseudonym.
    tx.check_organisation(organisation.id)?;
    record_as(
        &call,
        &call.caller,
        organisation.id,
        false,
        &mut tx,
        OrganisationEvent::of("organisation.invite_rejected").invite(invite.id),
    )?;
    let answer = Json::new(MyInviteView::of(&invite, &organisation, now));
    call.commit(tx, &answer).await?;
    Ok(answer)
}

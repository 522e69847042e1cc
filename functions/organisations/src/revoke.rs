//! `DELETE /api/organisations/{id}/invite/{inviteId}`: revoke an open invitation.

use provost_domain::organisation_invite::InviteStatus;
use provost_http::{Answer, Nothing, OrganisationGrant, RequestContext};

use crate::{
    find,
    offer_ownership::check_may_manage,
    record::{OrganisationEvent, record},
};

pub async fn revoke_invitation(call: RequestContext<OrganisationGrant>) -> Answer<Nothing> {
    let invite = find::invite(&call).await?;
    check_may_manage(&call, &invite)?;
    let invite = invite.end(InviteStatus::Revoked, call.now())?;
    let mut tx = call.app.transaction();
    tx.save_invite(&invite)?;
    record(&call, &mut tx, OrganisationEvent::of("organisation.invite_revoked").invite(invite.id))?;
    call.commit(tx, &Nothing).await?;
    Ok(Nothing)
}

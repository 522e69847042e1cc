//! `DELETE /api/organisations/{id}/invite/{inviteId}`: revoke an open invitation.

use provost_domain::organisation_invite::InviteStatus;
use provost_http::{Answer, Call, Nothing, OrganisationGrant};

use crate::{
    find,
    offer_ownership::check_may_manage,
    record::{News, record},
};

pub async fn revoke_invitation(call: Call<OrganisationGrant>) -> Answer<Nothing> {
    let invite = find::invite(&call).await?;
    check_may_manage(&call, &invite)?;
    let invite = invite.end(InviteStatus::Revoked, call.now())?;
    let mut tx = call.app.transaction();
    tx.save_invite(&invite)?;
    record(&call, &mut tx, News::of("organisation.invite_revoked").invite(invite.id))?;
    call.commit(tx, &Nothing).await?;
    Ok(Nothing)
}

//! `POST /api/organisations/{id}/invite/{inviteId}/resend`: resend an open invitation.

use provost_domain::ApiError;
use provost_http::{Answer, Json, OrganisationGrant, RequestContext};

use crate::{
    find,
    offer_ownership::check_may_manage,
    record::{OrganisationEvent, record},
    send,
    views::InviteView,
};

pub async fn resend_invitation(call: RequestContext<OrganisationGrant>) -> Answer<Json<InviteView>> {
    let now = call.now();
    send::check_sender(&call)?;
    send::count(&call).await?;
    let invite = find::invite(&call).await?;
    check_may_manage(&call, &invite)?;
    let invite = invite.resend(now)?;
    let email = invite.email.clone().ok_or_else(|| ApiError::missing("invitation"))?;
    let account = send::invited(&call, &email).await?.account;
    let mut tx = call.app.transaction();
    tx.save_invite(&invite)?;
    send::letter(&call, &mut tx, &invite, account.as_ref())?;
    record(&call, &mut tx, OrganisationEvent::of("organisation.invite_resent").invite(invite.id))?;
    let answer = Json::new(InviteView::of(&invite, now));
    call.commit(tx, &answer).await?;
    Ok(answer)
}

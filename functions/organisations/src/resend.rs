//! `POST /api/organisations/{id}/invite/{inviteId}/resend`: resend an open invitation.

use provost_domain::ApiError;
use provost_http::{HandlerResult, Json, OrganisationGrant, RequestContext};

use crate::{
    find,
    offer_ownership::check_may_manage,
    record::{OrganisationEvent, record},
    send,
    views::InviteView,
};

pub async fn resend_invitation(
    ctx: RequestContext<OrganisationGrant>,
) -> HandlerResult<Json<InviteView>> {
    let now = ctx.now();
    send::check_sender(&ctx)?;
    send::count(&ctx).await?;
    let invite = find::invite(&ctx).await?;
    check_may_manage(&ctx, &invite)?;
    let invite = invite.resend(now)?;
    let email = invite.email.clone().ok_or_else(|| ApiError::missing("invitation"))?;
    let account = send::invited(&ctx, &email).await?.account;
    let mut tx = ctx.app.transaction();
    tx.save_invite(&invite)?;
    send::letter(&ctx, &mut tx, &invite, account.as_ref())?;
    record(&ctx, &mut tx, OrganisationEvent::of("organisation.invite_resent").invite(invite.id))?;
    let answer = Json::new(InviteView::of(&invite, now));
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

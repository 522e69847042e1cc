//! `POST /api/organisations/{id}/invite/{inviteId}/resend`: resend an open invitation.

use provost_domain::organisation_invite::INVITES;
use provost_http::{HandlerResult, Json, LimitKey, OrganisationGrant, RequestContext};
use provost_operations::organisation as organisations;

use crate::{find, views::InviteView};

pub async fn resend_invitation(
    ctx: RequestContext<OrganisationGrant>,
) -> HandlerResult<Json<InviteView>> {
    let (now, inviter, reason) = (ctx.now(), ctx.inviter(), ctx.reason(None)?);
    // A request that the operation would refuse is not counted.
    inviter.check_confirmed()?;
    ctx.count_once(INVITES, LimitKey::Account(inviter.user.user_id)).await?;
    let invite = find::invite(&ctx).await?;
    let change = organisations::resend_invitation(&ctx.op(reason), &inviter, invite).await?;
    ctx.complete(change, |invite| Json::new(InviteView::of(&invite, now))).await
}

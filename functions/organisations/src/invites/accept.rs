//! `POST /api/organisations/invites/{inviteId}/accept`: accept an invitation to join an
//! organisation, or to become its owner.

use provost_http::{HandlerResult, Json, RequestContext, SignedInGrant};
use provost_operations::organisation as organisations;

use crate::{find, views::MembershipView};

pub async fn accept_invitation(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<Json<MembershipView>> {
    let (invite, organisation, member) = find::own_invite(&ctx).await?;
    let (op, me) = (ctx.op(None), &ctx.caller.user);
    let change = organisations::accept_invitation(&op, me, invite, &organisation, member).await?;
    ctx.complete(change, |member| Json::new(MembershipView::of(&member))).await
}

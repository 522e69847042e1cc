//! `POST /api/organisations/invites/{inviteId}/reject`: reject an invitation.

use provost_http::{HandlerResult, Json, RequestContext, SignedInGrant};
use provost_operations::organisation as organisations;

use crate::{find, views::MyInviteView};

pub async fn reject_invitation(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<Json<MyInviteView>> {
    let now = ctx.now();
    let (invite, organisation, _) = find::own_invite(&ctx).await?;
    let change = organisations::reject_invitation(&ctx.op(None), &ctx.caller.user, invite)?;
    ctx.complete(change, |invite| Json::new(MyInviteView::of(&invite, &organisation, now))).await
}

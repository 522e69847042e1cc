//! `POST /api/organisations/{id}/users/{userId}/role`: change a member's role. Ownership is
//! offered, and transferred when the member accepts.

use provost_domain::{
    ApiError, User,
    organisation::{Member, MemberRole},
    organisation_invite::INVITES,
};
use provost_http::{Body, HandlerResult, Json, LimitKey, OrganisationGrant, RequestContext};
use provost_operations::organisation as organisations;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    find,
    views::{InviteView, MembershipView},
};

/// Request to change a member's role.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeMemberRole {
    /// New role. `owner` offers the ownership: nothing changes until the member accepts, and then
    /// the previous owner becomes an admin.
    role: MemberRole,
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn change_member_role(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<ChangeMemberRole>,
) -> HandlerResult<Json<MembershipView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let (member, user) = find::member(&ctx).await?;
    let user = user.ok_or_else(|| ApiError::missing("member"))?;
    ctx.check_member_rank(&user)?;
    if body.role == MemberRole::Owner && member.role != MemberRole::Owner {
        return offer_ownership(&ctx, &member, &user, reason).await;
    }
    let (op, organisation) = (ctx.op(reason), &ctx.organisation);
    let change =
        organisations::change_member_role(&op, organisation, &member, &user, body.role, ctx.by())?;
    match change {
        Some(change) => ctx.complete(change, |member| Json::new(MembershipView::of(&member))).await,
        None => Ok(Json::new(MembershipView::of(&member))),
    }
}

/// Offers the ownership to a member.
async fn offer_ownership(
    ctx: &RequestContext<OrganisationGrant>,
    member: &Member,
    user: &User,
    reason: Option<String>,
) -> HandlerResult<Json<MembershipView>> {
    let (now, inviter, organisation) = (ctx.now(), ctx.inviter(), &ctx.organisation);
    ctx.check_version(organisation.version)?;
    // A request that the operation would refuse is not counted.
    inviter.check_confirmed()?;
    ctx.count_once(INVITES, LimitKey::Account(inviter.user.user_id)).await?;
    let op = ctx.op(reason);
    let change = organisations::offer_ownership(&op, &inviter, organisation, user).await?;
    ctx.complete(change, |offer| {
        let offer = Some(InviteView::of(&offer, now));
        Json::new(MembershipView { ownership_offer: offer, ..MembershipView::of(member) })
    })
    .await
}

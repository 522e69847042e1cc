//! `POST /api/organisations/{id}/invite`: invite a user by email. The answer does not reveal
//! whether the address has an account.

use provost_domain::{
    Email,
    organisation::{MemberRole, joining_role},
    organisation_invite::INVITES,
};
use provost_http::{Body, Created, HandlerResult, LimitKey, OrganisationGrant, RequestContext};
use provost_operations::organisation::{self as organisations, NewInvitation};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ORGANISATIONS, views::InviteView};

/// Request to invite somebody to an organisation.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateInvite {
    /// Email address to invite.
    email: Email,
    /// Role after joining: `member`, the default, or `admin`. `owner` is not allowed.
    role: Option<MemberRole>,
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn invite_member(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<CreateInvite>,
) -> HandlerResult<Created<InviteView>> {
    let (now, inviter, organisation) = (ctx.now(), ctx.inviter(), &ctx.organisation);
    let role = joining_role(body.role)?;
    body.email.check_reachable("email", ctx.app.mailer().takes_utf8())?;
    let reason = ctx.reason(body.reason.as_deref())?;
    // A request that the operation would refuse is not counted. All others are, before any lookup
    // that the response could reveal.
    inviter.check_may_invite(&body.email, role)?;
    ctx.count_once(INVITES, LimitKey::Account(inviter.user.user_id)).await?;
    let new = NewInvitation { email: body.email, role };
    let change = organisations::invite(&ctx.op(reason), &inviter, organisation, new).await?;
    // Open invitations are shown with their organisation.
    let location = format!("{ORGANISATIONS}/{}", organisation.id);
    ctx.complete(change, |invite| Created(InviteView::of(&invite, now), location)).await
}

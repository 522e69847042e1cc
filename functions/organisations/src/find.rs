//! Finds what a path names besides the organisation itself: an invitation or a member.

use provost_domain::{
    ApiError, Code, InviteId, User, UserId,
    organisation::{Member, Organisation},
    organisation_invite::Invite,
};
use provost_http::{HandlerResult, OrganisationGrant, RequestContext, SignedInGrant};

/// An invitation of the organisation, for those who manage it.
///
/// # Errors
/// `NOT_FOUND`, also for an invitation of another organisation.
pub(crate) async fn invite(ctx: &RequestContext<OrganisationGrant>) -> HandlerResult<Invite> {
    let id: InviteId = ctx.id("inviteId", "invitation")?;
    Ok(ctx
        .app
        .store()
        .invite(ctx.organisation.id, id)
        .await?
        .ok_or_else(|| ApiError::missing("invitation"))?)
}

/// An invitation to the caller's own address, with its organisation and the caller's membership, if
/// any.
///
/// # Errors
/// `NOT_FOUND`, also for an invitation to another user; `PERMISSION_DENIED` if the caller's address
/// is not confirmed, since it may not be theirs.
pub(crate) async fn own_invite(
    ctx: &RequestContext<SignedInGrant>,
) -> HandlerResult<(Invite, Organisation, Option<Member>)> {
    let missing = || ApiError::missing("invitation");
    let id: InviteId = ctx.id("inviteId", "invitation")?;
    let me = &ctx.caller.user;
    if !me.email_verified {
        return Err(ApiError::new(
            Code::PermissionDenied,
            "Your email address is not confirmed. Confirm it with the link in the email before you answer invitations.",
        )
        .into());
    }
    let store = ctx.app.store();
    let signs = store.invite_signs(&me.email).await?;
    let sign = signs.iter().find(|sign| sign.invite_id == id).ok_or_else(missing)?;
    let (invite, organisation, member) = store.invited(sign, me.user_id).await?;
    Ok((
        invite.ok_or_else(missing)?,
        organisation.filter(Organisation::is_active).ok_or_else(missing)?,
        member,
    ))
}

/// The member of the path's `{userId}`, and the user; no user if the account no longer exists.
///
/// # Errors
/// `NOT_FOUND`.
pub(crate) async fn member(
    ctx: &RequestContext<OrganisationGrant>,
) -> HandlerResult<(Member, Option<User>)> {
    let user: UserId = ctx.id("userId", "member")?;
    let (member, record) = ctx.app.store().member_and_user(ctx.organisation.id, user).await?;
    Ok((member.ok_or_else(|| ApiError::missing("member"))?, record))
}

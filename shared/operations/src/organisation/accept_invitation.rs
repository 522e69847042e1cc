use provost_domain::{
    ApiError, User,
    notification::NotificationKind,
    organisation::{
        Member, MemberRole, Organisation, already_member, check_may_own, check_may_own_another,
    },
    organisation_invite::{Invite, InviteStatus, MemberSince, OwnerSince},
};

use super::{
    EventActor, OrganisationEvent,
    notices::{notify, wake_deletion},
};
use crate::{Change, Op, OperationError};

/// Accepts an invitation, by the user who has the invited address. The user joins the organisation,
/// or becomes its owner. `member` is the user's membership, if any.
///
/// # Errors
/// `LINK_EXPIRED`, `LINK_REVOKED`, `INVALID_ACTION` when it was answered or the user cannot own an
/// organisation, `ALREADY_EXISTS` for a member, `TIER_LIMIT` when the user owns as many
/// organisations as possible.
pub async fn accept_invitation(
    op: &Op<'_>,
    user: &User,
    invite: Invite,
    organisation: &Organisation,
    member: Option<Member>,
) -> Result<Change<Member>, OperationError> {
    if invite.role == MemberRole::Owner {
        return accept_ownership(op, user, invite, organisation, member).await;
    }
    let invite = invite.end(InviteStatus::Accepted, op.now)?;
    if member.is_some() {
        return Err(already_member().into());
    }
    let member = Member {
        organisation_id: organisation.id,
        member_id: user.user_id,
        role: invite.role,
        joined_at: op.now,
    };
    let mut tx = op.transaction();
    // The user must still have the invited address, and must not be in the process of erasure.
    tx.check_user(user)?;
    tx.save_invite(&invite)?;
    tx.add_member(&member)?;
    OrganisationEvent::of_member("organisation.member_joined", organisation.id, Some(user))
        .invite(invite.id)
        .change("role", None, Some(member.role))
        .record(op, &mut tx, &[organisation.id], EventActor::member(user))?;
    Ok(Change::new(tx, member))
}

/// Transfers the ownership to the member who accepts. There is exactly one owner before and after.
async fn accept_ownership(
    op: &Op<'_>,
    user: &User,
    invite: Invite,
    organisation: &Organisation,
    member: Option<Member>,
) -> Result<Change<Member>, OperationError> {
    let store = op.app.store();
    let offer = invite.ownership.ok_or_else(|| ApiError::missing("invitation"))?;
    let owner = store
        .user(organisation.owner_id)
        .await?
        .ok_or_else(|| ApiError::missing("organisation"))?;
    offer.check(
        invite.created_at,
        OwnerSince { pseudonym: owner.pseudonym, since: organisation.owner_since },
        member
            .as_ref()
            .map(|member| MemberSince { pseudonym: user.pseudonym, since: member.joined_at }),
    )?;
    let member = member.ok_or_else(|| ApiError::missing("member"))?;
    let invite = invite.end(InviteStatus::Accepted, op.now)?;
    check_may_own(user)?;
    check_may_own_another(&store.memberships(user.user_id).await?)?;

    let mut tx = op.transaction();
    tx.check_user(user)?;
    tx.save_invite(&invite)?;
    tx.change_member_role(organisation.id, user.user_id, member.role, MemberRole::Owner)?;
    tx.change_member_role(organisation.id, owner.user_id, MemberRole::Owner, MemberRole::Admin)?;
    tx.save_organisation(&Organisation {
        owner_id: user.user_id,
        owner_since: Some(op.now),
        ..organisation.clone()
    })?;
    let text = format!(
        "{} is now the owner of {} ({}), and you are one of its admins.",
        user.name(),
        organisation.name,
        organisation.handle
    );
    let kind = NotificationKind::Organisation;
    notify(op, &mut tx, &owner, organisation, (kind, "Your role changed"), text)?;
    wake_deletion(op, &mut tx, &owner)?;
    OrganisationEvent::of_member("organisation.owner_changed", organisation.id, Some(user))
        .invite(invite.id)
        .change("role", Some(member.role), Some(MemberRole::Owner))
        .record(op, &mut tx, &[organisation.id], EventActor::member(user))?;
    Ok(Change::new(tx, Member { role: MemberRole::Owner, ..member }))
}

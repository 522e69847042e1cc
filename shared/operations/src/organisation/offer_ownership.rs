use provost_domain::{
    ApiError, Code, User,
    notification::NotificationKind,
    organisation::{MemberRole, Organisation, check_may_own, check_may_own_another},
    organisation_invite::{Invite, Inviter, OwnershipOffer},
};

use super::{OrganisationEvent, invitee, notices::notify};
use crate::{Change, Op, OperationError};

/// Offers the ownership of an organisation to a member, as an invitation to the role of owner.
/// Nothing changes until the member accepts.
///
/// # Errors
/// `PERMISSION_DENIED` without a confirmed address, `INVALID_ACTION` for a member who cannot own an
/// organisation, `TIER_LIMIT` for one who owns as many as possible, `ALREADY_EXISTS` for one with an
/// open offer.
pub async fn offer_ownership(
    op: &Op<'_>,
    inviter: &Inviter<'_>,
    organisation: &Organisation,
    member: &User,
) -> Result<Change<Invite>, OperationError> {
    let store = op.app.store();
    inviter.check_confirmed()?;
    check_may_own(member)?;
    check_may_own_another(&store.memberships(member.user_id).await?)?;
    let earlier = store.invite_sign(organisation.id, &member.email).await?;
    if earlier.as_ref().is_some_and(|sign| sign.is_open(op.now)) {
        return Err(ApiError::new(
            Code::AlreadyExists,
            "This member already has an open offer. Wait for the answer, or revoke the offer first.",
        )
        .with("field", "role")
        .into());
    }
    let owner = store
        .user(organisation.owner_id)
        .await?
        .ok_or_else(|| ApiError::missing("organisation"))?;
    let invite = invitee::pending(
        op,
        organisation,
        member.email.clone(),
        MemberRole::Owner,
        Some(OwnershipOffer { from: owner.pseudonym, to: member.pseudonym }),
        inviter.into(),
    );
    let mut tx = op.transaction();
    tx.create_invite(&invite, earlier.as_ref())?;
    tx.check_organisation(organisation.id)?;
    let text = format!(
        "You have been asked to become the owner of {} ({}). Accept or decline within seven days. Nothing changes until you accept.",
        organisation.name, organisation.handle
    );
    let title = "Offer to become the owner of an organisation";
    notify(op, &mut tx, member, organisation, (NotificationKind::Invite, title), text)?;
    invitee::send(op, &mut tx, &invite, Some(member))?;
    OrganisationEvent::of_member("organisation.ownership_offered", organisation.id, Some(member))
        .invite(invite.id)
        .record(op, &mut tx, &[organisation.id], inviter.into())?;
    Ok(Change::new(tx, invite))
}

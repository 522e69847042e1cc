use provost_domain::{
    ApiError, User,
    notification::NotificationKind,
    organisation::{Member, MemberRole, Organisation, owner_stays},
};

use super::{EventActor, OrganisationEvent, notices::notify};
use crate::{Change, Op, OperationError};

/// Changes the role of a member, and notifies them. Returns no change if the member has this role.
/// Ownership is offered instead, with [`offer_ownership`](super::offer_ownership).
///
/// # Errors
/// `SOLE_OWNER` for the owner, `INVALID_ACTION` for the role of an owner.
pub fn change_member_role(
    op: &Op<'_>,
    organisation: &Organisation,
    member: &Member,
    user: &User,
    role: MemberRole,
    by: EventActor,
) -> Result<Option<Change<Member>>, OperationError> {
    if member.role == role {
        return Ok(None);
    }
    if member.role == MemberRole::Owner {
        return Err(owner_stays().into());
    }
    if role == MemberRole::Owner {
        return Err(ApiError::invalid_action(
            "Ownership is offered to a member, who then accepts it.",
            &["offer-ownership"],
        )
        .into());
    }
    let mut tx = op.transaction();
    tx.change_member_role(organisation.id, member.member_id, member.role, role)?;
    tx.check_organisation(organisation.id)?;
    let text = format!(
        "Your role in {} ({}) is now {}.",
        organisation.name,
        organisation.handle,
        role.as_str()
    );
    let kind = NotificationKind::Organisation;
    notify(op, &mut tx, user, organisation, (kind, "Your role has changed"), text)?;
    OrganisationEvent::of_member("organisation.role_changed", organisation.id, Some(user))
        .change("role", Some(member.role), Some(role))
        .record(op, &mut tx, &[organisation.id], by)?;
    Ok(Some(Change::new(tx, Member { role, ..member.clone() })))
}

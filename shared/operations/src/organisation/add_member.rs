use provost_domain::{
    User,
    notification::NotificationKind,
    organisation::{Member, MemberRole, Organisation, already_member},
};

use super::{EventActor, OrganisationEvent, notices::notify};
use crate::{Change, Op, OperationError};

/// Adds a user to an organisation without an invitation, and notifies them.
///
/// # Errors
/// `INVALID_ACTION` for an account that is scheduled for deletion, `ALREADY_EXISTS` for a member.
pub async fn add_member(
    op: &Op<'_>,
    organisation: &Organisation,
    user: &User,
    role: MemberRole,
    by: EventActor,
) -> Result<Change<Member>, OperationError> {
    user.check_not_scheduled_for_deletion()?;
    let (_, member) = op.app.store().organisation_and_member(organisation.id, user.user_id).await?;
    if member.is_some() {
        return Err(already_member().into());
    }
    let member = Member {
        organisation_id: organisation.id,
        member_id: user.user_id,
        role,
        joined_at: op.now,
    };
    let mut tx = op.transaction();
    tx.add_member(&member)?;
    let text = format!(
        "Staff added you to {} ({}) as {}. You can leave at any time.",
        organisation.name,
        organisation.handle,
        role.as_str()
    );
    let title = "You were added to an organisation";
    notify(op, &mut tx, user, organisation, (NotificationKind::Organisation, title), text)?;
    OrganisationEvent::of_member("organisation.member_added", organisation.id, Some(user))
        .change("role", None, Some(role))
        .record(op, &mut tx, &[organisation.id], by)?;
    Ok(Change::new(tx, member))
}

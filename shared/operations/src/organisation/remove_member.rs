use provost_domain::{
    ActivityId, OrganisationId, Pseudonym, User, UserId,
    audit::{Changes, Resource, note_change},
    organisation::{Member, Organisation},
    organisation_activity::Activity,
};
use provost_store::Transaction;

use super::{
    EventActor, OrganisationEvent,
    notices::{depart, wake_owners_deletion},
};
use crate::{Change, Op, OperationError};

/// Action of a member who leaves, in the audit log and in the activity.
const LEFT: &str = "organisation.member_left";

/// Removes a user from an organisation that they leave.
///
/// # Errors
/// `SOLE_OWNER` for the owner.
pub async fn leave_organisation(
    op: &Op<'_>,
    organisation: &Organisation,
    member: &Member,
    user: &User,
    by: EventActor,
) -> Result<Change<()>, OperationError> {
    member.check_may_go()?;
    let mut tx = removal(op, organisation, member.member_id).await?;
    depart(op, &mut tx, user, organisation, None)?;
    OrganisationEvent::of_member(LEFT, organisation.id, Some(user)).record(
        op,
        &mut tx,
        &[organisation.id],
        by,
    )?;
    Ok(Change::new(tx, ()))
}

/// Removes a member from an organisation, and notifies them. `user` is the account of the member,
/// if it still exists.
///
/// # Errors
/// `SOLE_OWNER` for the owner.
pub async fn remove_member(
    op: &Op<'_>,
    organisation: &Organisation,
    member: &Member,
    user: Option<&User>,
    by: EventActor,
) -> Result<Change<()>, OperationError> {
    member.check_may_go()?;
    let mut tx = removal(op, organisation, member.member_id).await?;
    if let Some(user) = user {
        let text = format!(
            "You are no longer a member of {} ({}).",
            organisation.name, organisation.handle
        );
        let notice = ("You were removed from an organisation", text);
        depart(op, &mut tx, user, organisation, Some(notice))?;
    }
    OrganisationEvent::of_member("organisation.member_removed", organisation.id, user).record(
        op,
        &mut tx,
        &[organisation.id],
        by,
    )?;
    Ok(Change::new(tx, ()))
}

/// Removes a member whose account is being erased. The organisation and the audit log name the
/// member by pseudonym, which identifies nobody after the erasure.
///
/// # Errors
/// The store failed.
pub async fn erase_membership(
    op: &Op<'_>,
    organisation: &Organisation,
    user: UserId,
    pseudonym: Pseudonym,
) -> Result<Change<OrganisationId>, OperationError> {
    let id = organisation.id;
    let mut tx = removal(op, organisation, user).await?;
    tx.add_activity(&Activity {
        id: op.app.id(ActivityId::new),
        organisation_id: id,
        at: op.now,
        action: LEFT.to_owned(),
        actor: pseudonym,
        by_staff: false,
        about: Some(pseudonym),
        invite: None,
        changes: Changes::new(),
    })?;
    let resource = Resource::Other { kind: "organisation", id: id.to_string() };
    let mut entry = op.entry(LEFT, resource);
    note_change(&mut entry.changes, "member", &Some(pseudonym), &None);
    tx.audit(entry)?;
    Ok(Change::new(tx, id))
}

/// A transaction that removes a member and continues the deletion of the owner, if it waited for
/// the member to go. A member who becomes the owner at the same time is not removed.
async fn removal(
    op: &Op<'_>,
    organisation: &Organisation,
    member: UserId,
) -> Result<Transaction, OperationError> {
    let mut tx = op.transaction();
    tx.remove_member(organisation.id, member)?;
    wake_owners_deletion(op, &mut tx, organisation.owner_id).await?;
    Ok(tx)
}

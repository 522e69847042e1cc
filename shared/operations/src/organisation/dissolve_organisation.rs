use provost_domain::{
    ApiError, OrganisationId, User, UserId,
    audit::{Entry, Resource, note_change},
    notification::NotificationKind,
    organisation::Organisation,
    page::{PageFrom, PageRequest},
};

use super::notices::{notify, wake_deletion};
use crate::{Change, Op, OperationError, infrastructure::release_node};

/// Members removed in one transaction, which has at most a hundred items: four for each member, and
/// the organisation.
const AT_ONCE: u32 = 20;
/// Maximum number of attempts of a transaction that collides with another.
const TRIES: u32 = 8;
/// Title of the notification.
const TITLE: &str = "An organisation was deleted";

/// Deletes an organisation. It is marked first, and can then no longer be found, joined or changed.
/// Its nodes are shared again, its members removed, each notified and recorded in the same
/// transaction, and its data is deleted. The change that is returned deletes the organisation
/// itself. If interrupted, the organisation stays marked, and a repeated deletion continues.
///
/// After the change, the caller clears what was written meanwhile
/// ([`clear_organisation`](provost_store::Store::clear_organisation)).
///
/// # Errors
/// `NOT_FOUND` when another deletion has completed.
pub async fn dissolve_organisation(
    op: &Op<'_>,
    organisation: &Organisation,
) -> Result<Change<OrganisationId>, OperationError> {
    let (store, id) = (op.app.store(), organisation.id);
    let owner = store.user(organisation.owner_id).await?;
    let about = |action| entry(op, action, organisation, owner.as_ref());
    // Once it is marked, only its deletion can change it.
    let marked = if organisation.is_active() {
        let marked = Organisation { deleting_since: Some(op.now), ..organisation.clone() };
        let mut tx = op.transaction();
        tx.save_organisation(&marked)?;
        tx.audit(about("organisation.deletion_begun"))?;
        tx.commit().await?;
        marked
    } else {
        organisation.clone()
    };
    share_nodes(op, id).await?;
    dismiss_members(op, &marked).await?;
    store.clear_organisation(id).await?;

    let last = store.organisation(id).await?.ok_or_else(|| ApiError::missing("organisation"))?;
    let mut tx = op.transaction();
    tx.remove_organisation(
        &last,
        last.owner_id,
        owner.as_ref().map(|owner| (owner.pseudonym, op.now)),
    )?;
    if let Some(owner) = owner.as_ref().filter(|owner| !is_actor(op, owner)) {
        let kind = NotificationKind::Organisation;
        notify(op, &mut tx, owner, &last, (kind, TITLE), deleted(&last))?;
    }
    if let Some(owner) = &owner {
        wake_deletion(op, &mut tx, owner)?;
    }
    tx.audit(about("organisation.deleted"))?;
    Ok(Change::new(tx, id))
}

/// Deletes an organisation with its only member, whose account is being erased. The caller deletes
/// its data afterwards: a user who joins just before finds it complete.
///
/// # Errors
/// The store failed.
pub fn erase_organisation(
    op: &Op<'_>,
    organisation: &Organisation,
    member: UserId,
) -> Result<Change<OrganisationId>, OperationError> {
    let mut tx = op.transaction();
    tx.remove_organisation(organisation, member, None)?;
    tx.audit(op.entry("organisation.deleted", resource(organisation)))?;
    Ok(Change::new(tx, organisation.id))
}

/// Shares the organisation's nodes again.
async fn share_nodes(op: &Op<'_>, id: OrganisationId) -> Result<(), OperationError> {
    loop {
        let mut released = 0;
        let request = PageRequest { from: PageFrom::Page(1), limit: 200 };
        for node in op.app.store().nodes_of(id, &request).await?.rows {
            if release_node(op, id, node.id).await? {
                released += 1;
            }
        }
        if released == 0 {
            return Ok(());
        }
    }
}

/// Removes all members except the owner.
async fn dismiss_members(op: &Op<'_>, organisation: &Organisation) -> Result<(), OperationError> {
    let store = op.app.store();
    let mut tries = 0;
    loop {
        let page = store
            .members(organisation, &PageRequest { from: PageFrom::Page(1), limit: AT_ONCE })
            .await?;
        let others: Vec<UserId> = page
            .rows
            .iter()
            .map(|member| member.member_id)
            .filter(|member| *member != organisation.owner_id)
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let users = store.users_of(others.iter().copied()).await?;
        let mut tx = op.transaction();
        tx.remove_members(organisation.id, &others)?;
        for user in others.iter().filter_map(|member| users.get(member)) {
            if !is_actor(op, user) {
                let kind = NotificationKind::Organisation;
                notify(op, &mut tx, user, organisation, (kind, TITLE), deleted(organisation))?;
            }
            let membership = Resource::Owned {
                kind: "membership",
                id: organisation.id.to_string(),
                owner: user.subject(),
            };
            tx.audit(op.entry("organisation.member_removed", membership))?;
        }
        match tx.commit().await {
            // A member left or changed at the same time: read again.
            Err(error) if error.conflict().is_some() && tries < TRIES => tries += 1,
            outcome => outcome?,
        }
    }
}

/// Text of the notification.
fn deleted(organisation: &Organisation) -> String {
    format!(
        "{} ({}) was deleted, and you are no longer a member.",
        organisation.name, organisation.handle
    )
}

fn is_actor(op: &Op<'_>, user: &User) -> bool {
    op.account.is_some_and(|actor| actor.user_id == user.user_id)
}

fn resource(organisation: &Organisation) -> Resource {
    Resource::Other { kind: "organisation", id: organisation.id.to_string() }
}

/// An audit entry about the owner, with their id. It outlives the organisation's own activity.
fn entry(
    op: &Op<'_>,
    action: &'static str,
    organisation: &Organisation,
    owner: Option<&User>,
) -> Entry {
    let resource = match owner {
        Some(owner) => Resource::Owned {
            kind: "organisation",
            id: organisation.id.to_string(),
            owner: owner.subject(),
        },
        None => resource(organisation),
    };
    let mut entry = op.entry(action, resource);
    note_change(&mut entry.changes, "name", &Some(&organisation.name), &None);
    note_change(&mut entry.changes, "handle", &Some(&organisation.handle), &None);
    entry
}

use provost_domain::{
    ApiError, OrganisationId, User, UserId,
    audit::{Entry, Resource, note_change},
    organisation::{Organisation, folder},
    page::{PageFrom, PageRequest},
};

use provost_store::{
    Conflict, StoreError, buckets::Assigned, item::Key, left_objects::LeftObjects,
};

use super::notices::{depart, wake_deletion};
use crate::{Change, Op, OperationError, infrastructure::release_node, storage::uncount};

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
    if let Some(owner) = &owner {
        let notice = (!is_actor(op, owner)).then(|| (TITLE, deleted(&last)));
        depart(op, &mut tx, owner, &last, notice)?;
        wake_deletion(op, &mut tx, owner)?;
    }
    uncount(op, &mut tx, Assigned::Organisation, last.storage_bucket).await?;
    let buckets = last.all_buckets();
    if !buckets.is_empty() {
        tx.leave_objects(&LeftObjects { organisation_id: id, buckets }, op.now)?;
    }
    tx.audit(about("organisation.deleted"))?;
    Ok(Change::new(tx, id).decided_again_on(&[Conflict::Bucket]))
}

/// Deletes an organisation with its only member, whose account is being erased. The caller deletes
/// its data afterwards: a user who joins just before finds it complete.
///
/// # Errors
/// The store failed.
pub async fn erase_organisation(
    op: &Op<'_>,
    organisation: &Organisation,
    member: UserId,
) -> Result<Change<OrganisationId>, OperationError> {
    let mut tx = op.transaction();
    tx.remove_organisation(organisation, member, None)?;
    uncount(op, &mut tx, Assigned::Organisation, organisation.storage_bucket).await?;
    tx.audit(op.entry("organisation.deleted", resource(organisation)))?;
    Ok(Change::new(tx, organisation.id))
}

/// Erases the objects of a deleted organisation in its assigned buckets, by their key in the index
/// `due`. `None` when there is nothing to do. After a kill, the next run erases what is left.
///
/// # Errors
/// The store failed, or a bucket does not respond.
pub async fn erase_left_objects(
    op: &Op<'_>,
    due: &Key,
) -> Result<Option<Change<OrganisationId>>, StoreError> {
    let Some(left) = op.app.store().left_objects(due).await? else { return Ok(None) };
    let id = left.organisation_id;
    for place in op.app.assigned_stores(&left.buckets).await? {
        place.store.erase_objects(&place.bucket, &folder(id)).await?;
    }
    let mut tx = op.transaction();
    tx.drop_left_objects(id)?;
    let resource = Resource::Other { kind: "organisation", id: id.to_string() };
    tx.audit(op.entry("organisation.objects_deleted", resource))?;
    Ok(Some(Change::new(tx, id)))
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
            let notice = (!is_actor(op, user)).then(|| (TITLE, deleted(organisation)));
            depart(op, &mut tx, user, organisation, notice)?;
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

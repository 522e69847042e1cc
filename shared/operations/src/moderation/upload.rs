use provost_domain::{
    audit::note_change,
    content::{Content, ContentStatus},
};
use provost_store::{Conflict, StoreError, item::Key};

use super::resource;
use crate::{Change, Op};

/// Looks whether the bytes of a registered file have arrived. If so, returns the change that makes
/// the file available; `None` otherwise.
///
/// # Errors
/// The store failed.
pub async fn confirm_upload(
    op: &Op<'_>,
    content: &Content,
) -> Result<Option<Change<Content>>, StoreError> {
    if content.status != ContentStatus::Pending || !has_arrived(op, content).await? {
        return Ok(None);
    }
    let after = content.clone().uploaded();
    let mut tx = op.transaction();
    // The registration is in the audit log; this only notes what the owner did then.
    tx.save_content(&after)?;
    Ok(Some(Change::new(tx, after).decided_again_on(&[Conflict::Content])))
}

/// Whether the bucket has exactly what was registered. The upload URL accepts nothing else; this
/// also holds if a bucket does not enforce it.
async fn has_arrived(op: &Op<'_>, content: &Content) -> Result<bool, StoreError> {
    let Some(place) = &content.object else { return Ok(false) };
    let found = op.app.store().describe_object(&place.bucket, &place.key).await?;
    Ok(found.is_some_and(|found| {
        found.size == content.size
            && found.content_type == content.content_type
            && found.sha256 == content.checksum()
    }))
}

/// Decides about an upload whose time is up, by its key in the index `due`: makes it available, or
/// drops the file and gives its storage back. `None` when there is nothing to do.
///
/// # Errors
/// The store failed.
pub async fn end_upload(op: &Op<'_>, due: &Key) -> Result<Option<Change<Content>>, StoreError> {
    let store = op.app.store();
    let Some(content) = store.due_content(due, op.now).await? else { return Ok(None) };
    if content.status != ContentStatus::Pending {
        return Ok(None);
    }
    if let Some(change) = confirm_upload(op, &content).await? {
        return Ok(Some(change));
    }
    if let Some(place) = &content.object {
        store.erase_object(&place.bucket, &place.key).await?;
    }
    let mut tx = op.transaction();
    if let Some(owner) = store.user(content.owner_id).await? {
        let after = owner.clone().remove_stored_file(content.size, op.now);
        let mut entry = op.entry("content.upload_expired", resource(&content, &owner));
        note_change(&mut entry.changes, "storageUsed", &owner.storage_used, &after.storage_used);
        tx.save_user(&after)?;
        tx.audit(entry)?;
    }
    tx.drop_content(&content)?;
    Ok(Some(Change::new(tx, content).decided_again_on(&[Conflict::Content])))
}

use provost_domain::{
    audit::note_change,
    content::{Content, ContentStatus, ObjectPlace},
};
use provost_store::{Conflict, StoreError, item::Key};

use super::resource;
use crate::{Change, Op};

/// The size up to which a request reads a file to confirm it, in bytes; the scheduler reads larger ones.
pub const READ_AT_ONCE: u64 = 32 << 20;

/// Looks whether the bytes of a registered file have arrived. If so, returns the change that makes
/// the file available; `None` otherwise. Where the store does not check the bytes, they are read, if
/// there are at most `most`.
///
/// # Errors
/// The store failed.
pub async fn confirm_upload(
    op: &Op<'_>,
    content: &Content,
    most: u64,
) -> Result<Option<Change<Content>>, StoreError> {
    if content.status != ContentStatus::Pending || !has_arrived(op, content, most).await? {
        return Ok(None);
    }
    let after = content.clone().uploaded();
    let mut tx = op.transaction();
    tx.save_content(&after)?;
    // An erasure that has begun since removes the file.
    if let Some(owner) = op.app.store().user(content.owner_id).await? {
        let mut entry = op.entry("content.uploaded", resource(content, &owner));
        note_change(&mut entry.changes, "status", &content.status, &after.status);
        tx.audit(entry)?;
    }
    Ok(Some(Change::new(tx, after).decided_again_on(&[Conflict::Content])))
}

/// Whether the bucket has exactly what was registered. The upload URL accepts nothing else; this
/// also holds if a bucket does not enforce it.
async fn has_arrived(op: &Op<'_>, content: &Content, most: u64) -> Result<bool, StoreError> {
    let Some(place) = &content.object else { return Ok(false) };
    let Some(store) = op.app.store_at(place).await? else { return Ok(false) };
    let found = store.describe_object(&place.bucket, &place.key).await?;
    let Some(found) = found
        .filter(|found| found.size == content.size && found.content_type == content.content_type)
    else {
        return Ok(false);
    };
    if store.checks_uploads() {
        return Ok(found.sha256 == content.checksum());
    }
    if found.size > most {
        return Ok(false);
    }
    let digest = store.digest_object(&place.bucket, &place.key, content.size).await?;
    Ok(digest.is_some() && digest == content.sha256)
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
    if let Some(change) = confirm_upload(op, &content, u64::MAX).await? {
        return Ok(Some(change));
    }
    erase_bytes(op, content.object.as_ref()).await?;
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

/// Removes every version of an object, in whichever bucket it is.
///
/// # Errors
/// The store failed.
pub(super) async fn erase_bytes(
    op: &Op<'_>,
    place: Option<&ObjectPlace>,
) -> Result<(), StoreError> {
    let Some(place) = place else { return Ok(()) };
    if let Some(store) = op.app.store_at(place).await? {
        store.erase_object(&place.bucket, &place.key).await?;
    }
    Ok(())
}

use provost_domain::{
    ApiError, EvidenceId,
    content::{Content, DEFAULT_MEDIA_TYPE, Evidence},
};
use provost_store::{Conflict, StoreError, item::Key};

use super::upload::erase_bytes;
use crate::{Op, OperationError};

/// The size up to which a file of an assigned bucket is copied to the platform's own, in bytes: it
/// passes through memory. The copy of a larger one stays in its bucket.
const COPIED: u64 = 16 << 20;

/// Takes evidence about content: what it is now, and a copy of its bytes. The change that refers to
/// it keeps it, with [`keep_evidence`](provost_store::Transaction::keep_evidence); without that, the
/// scheduler deletes it after an hour.
///
/// # Errors
/// `NOT_FOUND` when the owner is being erased.
pub async fn preserve_content(op: &Op<'_>, content: &Content) -> Result<Evidence, OperationError> {
    let (store, id) = (op.app.store(), op.app.id(EvidenceId::new));
    let mut evidence = Evidence::of(id, content, &store.names().files, op.now);
    let assigned = content.object.as_ref().filter(|place| place.store.is_some());
    if let (Some(from), Some(to)) = (assigned, &mut evidence.copy)
        && content.size > COPIED
    {
        (to.bucket, to.store) = (from.bucket.clone(), from.store);
    }
    // The item first, so that a copy is never without one; and an erasure that starts now waits for
    // this window and looks again.
    let mut tx = op.transaction();
    tx.check_not_erasing(content.owner_id)?;
    tx.open_upload_window(content.owner_id, op.app.now())?;
    tx.register_evidence(&evidence)?;
    match tx.commit().await {
        Err(error) if error.conflict() == Some(Conflict::Erasing) => {
            return Err(ApiError::missing("content").into());
        }
        outcome => outcome?,
    }
    if let (Some(from), Some(to)) = (&content.object, &evidence.copy) {
        let copied = match op.app.store_at(from).await? {
            None => false,
            Some(there) if from.store == to.store => {
                there.copy_object((&from.bucket, &from.key), (&to.bucket, &to.key)).await?
            }
            Some(there) => match there.bytes_of_object(&from.bucket, &from.key, COPIED).await? {
                None => false,
                Some(bytes) => {
                    let media = content.content_type.as_deref().unwrap_or(DEFAULT_MEDIA_TYPE);
                    store.put_object(&to.bucket, &to.key, media, bytes).await?;
                    true
                }
            },
        };
        if !copied {
            evidence.copy = None;
        }
    }
    Ok(evidence)
}

/// Deletes evidence whose time is up, by its key in the index `due`: the copy first, then the item.
/// Returns `false` when there is nothing to do.
///
/// # Errors
/// The store failed.
pub async fn expire_evidence(op: &Op<'_>, due: &Key) -> Result<bool, StoreError> {
    let store = op.app.store();
    let Some(evidence) = store.due_evidence(due, op.now).await? else { return Ok(false) };
    erase_bytes(op, evidence.copy.as_ref()).await?;
    let mut tx = op.transaction();
    tx.remove_evidence(evidence.id, op.now)?;
    match tx.commit().await {
        Err(error) if error.conflict() == Some(Conflict::Evidence) => Ok(false),
        outcome => outcome.map(|()| true),
    }
}

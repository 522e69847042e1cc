use provost_domain::{
    ApiError, EvidenceId,
    content::{Content, Evidence},
};
use provost_store::{Conflict, StoreError, item::Key};

use crate::{Op, OperationError};

/// Takes evidence about content: what it is now, and a copy of its bytes. The change that refers to
/// it keeps it, with [`keep_evidence`](provost_store::Transaction::keep_evidence); without that, the
/// scheduler deletes it after an hour.
///
/// # Errors
/// `NOT_FOUND` when the owner is being erased.
pub async fn preserve_content(op: &Op<'_>, content: &Content) -> Result<Evidence, OperationError> {
    let (store, id) = (op.app.store(), op.app.id(EvidenceId::new));
    let mut evidence = Evidence::of(id, content, &store.names().files, op.now);
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
        let copied = store.copy_object((&from.bucket, &from.key), (&to.bucket, &to.key)).await?;
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
    if let Some(copy) = &evidence.copy {
        store.erase_object(&copy.bucket, &copy.key).await?;
    }
    let mut tx = op.transaction();
    tx.remove_evidence(evidence.id, op.now)?;
    match tx.commit().await {
        Err(error) if error.conflict() == Some(Conflict::Evidence) => Ok(false),
        outcome => outcome.map(|()| true),
    }
}

//! Adding entries to the tree of the audit log, and signing checkpoints of it.

use provost_auth::{Purpose, keys::AUDIT_LOG, secret};
use provost_merkle::checkpoint::Checkpoint;
use provost_store::{StoreError, audit_tree::StoredCheckpoint};
use tracing::info;

use crate::Op;

/// Adds all entries to the tree that are old enough, as long as there is time, and signs a
/// checkpoint if the tree has grown since the last one. Returns the number of entries added.
///
/// It writes no audit entry, which would be the next thing to add. A deployment whose public keys
/// include none for the audit log signs nothing; the tree grows all the same.
///
/// # Errors
/// `Unavailable`, `Unreadable`. What was added until then stays.
pub async fn extend_tree(
    op: &Op<'_>,
    has_time: &(dyn Fn() -> bool + Sync),
) -> Result<u64, StoreError> {
    let store = op.app.store();
    let salt =
        || secret::bytes::<16>().map_err(|cause| StoreError::unavailable("making a salt", cause));
    let added = store.grow_audit_tree(op.now, &salt, has_time).await?;
    let signed = store.audit_checkpoint().await?.map_or(0, |checkpoint| checkpoint.size);
    let keys = op.app.verifier().log_keys();
    if keys.is_empty() {
        return Ok(added);
    }
    // A run that was stopped may have added entries that nothing is signed for.
    if added > 0 || store.audit_tree_size().await? > signed {
        sign(op).await?;
    }
    Ok(added)
}

async fn sign(op: &Op<'_>) -> Result<(), StoreError> {
    let store = op.app.store();
    let edge = store.audit_tree_edge().await?;
    let incomplete = || StoreError::unreadable("the tree of the audit log", "a tile is incomplete");
    let root = edge.root().ok_or_else(incomplete)?;
    let signer = op.app.keys().signer(Purpose::Audit, op.now).await?;
    let unusable = |cause| StoreError::unavailable("signing a checkpoint", cause);
    let key = signer
        .public()
        .log_key()
        .ok_or_else(|| StoreError::unavailable("signing a checkpoint", "the key is for no log"))?;
    let checkpoint = Checkpoint { origin: AUDIT_LOG.to_owned(), size: edge.size, root };
    let note = checkpoint.signed(&key, |text| signer.sign_message(text)).map_err(unusable)?;
    let stored = StoredCheckpoint { size: edge.size, root, note, at: op.now };
    if store.add_audit_checkpoint(&stored).await? {
        info!(size = edge.size, "a checkpoint of the audit log is signed");
    }
    Ok(())
}

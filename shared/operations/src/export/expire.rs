use provost_domain::{ExportId, export::ExportStatus};
use provost_store::{Conflict, StoreError};

use super::resource;
use crate::Op;

/// Removes the archive of an export that is due for it: one that has expired gets the status
/// expired; of a cancelled or failed one, only what is left is removed. Returns whether there was
/// anything to do.
///
/// # Errors
/// The store failed; the export stays due.
pub async fn expire_export(op: &Op<'_>, id: ExportId) -> Result<bool, StoreError> {
    let store = op.app.store();
    let Some(job) = store.export(id).await? else { return Ok(false) };
    if job.is_active() {
        return Ok(false);
    }
    if job.status == ExportStatus::Completed {
        if !job.is_expired(op.now) {
            return Ok(false);
        }
        let mut tx = op.transaction();
        tx.expire_export(id)?;
        if let Some(owner) = store.user(job.user_id).await? {
            tx.audit(op.entry("export.expired", resource(id, &owner)))?;
        }
        match tx.commit().await {
            Ok(()) => {}
            Err(error) if error.conflict() == Some(Conflict::ExportJob) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    store.remove_archive(id).await?;
    // Only now is it no longer due: if the process dies before, the next scheduler run removes it
    // again.
    store.archive_is_removed(id).await?;
    Ok(true)
}

use provost_domain::{
    User,
    export::{ExportJob, ExportStatus},
};
use provost_store::Conflict;

use super::{link_resource, resource};
use crate::{Change, Op, OperationError};

/// Cancels an export, or deletes its archive. Its share links are revoked before, each by a change
/// of its own, so that no link outlives the archive. The scheduler removes the archive; the caller
/// may do so at once.
///
/// # Errors
/// `INVALID_ACTION` when the export has ended without an archive.
pub async fn cancel_export(
    op: &Op<'_>,
    job: &ExportJob,
    owner: &User,
) -> Result<Change<ExportJob>, OperationError> {
    let before = job.status;
    let cancelled = job.clone().cancel(op.now)?;
    if before == ExportStatus::Completed {
        revoke_share_links(op, job, owner).await?;
    }
    let mut tx = op.transaction();
    tx.cancel_export(&cancelled, before, op.now)?;
    tx.audit(op.entry("export.cancelled", resource(job.id, owner)))?;
    Ok(Change::new(tx, cancelled).decided_again_on(&[Conflict::ExportJob]))
}

async fn revoke_share_links(
    op: &Op<'_>,
    job: &ExportJob,
    owner: &User,
) -> Result<(), OperationError> {
    for found in op.app.store().share_links_of(job.id).await? {
        if found.link.revoked_at.is_some() {
            continue;
        }
        let mut tx = op.transaction();
        tx.revoke_share_link(&found.digest, op.now)?;
        // The reason is that of the cancelled export, which has its own entry.
        let mut entry = op.entry("share_link.revoked", link_resource(found.link.id, owner));
        entry.reason = None;
        tx.audit(entry)?;
        match tx.commit().await {
            Err(error) if error.conflict() != Some(Conflict::ShareLink) => {
                return Err(error.into());
            }
            _ => {}
        }
    }
    Ok(())
}

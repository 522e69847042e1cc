use provost_domain::{
    User,
    export::{ExportJob, Progress},
    mail::Template,
    message::About,
};

use super::resource;
use crate::{Change, Op, OperationError};

/// Completes an export with an archive of `size` bytes. Users who requested it themselves are
/// notified by email, unless it is a selection of the audit log. The conflict `ExportJob` means that the run does not own the job any more.
///
/// # Errors
/// The store failed.
pub fn complete_export(
    op: &Op<'_>,
    job: &ExportJob,
    owner: &User,
    (size, sha256): (u64, &str),
    progress: &Progress,
) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.complete_export(job, size, sha256, progress, op.now)?;
    tx.audit(op.entry("export.completed", resource(job.id, owner)))?;
    // The email is about the data of the user.
    if job.is_by_owner() && job.selection.is_none() {
        op.mail(&mut tx, job.user_id, Template::ExportReady, Some(About::Export(job.id)))?;
    }
    Ok(Change::new(tx, ()))
}

/// Ends an export that cannot be done; `why` is a sentence for the requester. The conflict
/// `ExportJob` means that the run does not own the job any more.
///
/// # Errors
/// The store failed.
pub fn fail_export(
    op: &Op<'_>,
    job: &ExportJob,
    owner: Option<&User>,
    why: &str,
) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.fail_export(job, why, op.now)?;
    if let Some(owner) = owner {
        let mut entry = op.entry("export.failed", resource(job.id, owner));
        entry.success = false;
        tx.audit(entry)?;
    }
    Ok(Change::new(tx, ()))
}

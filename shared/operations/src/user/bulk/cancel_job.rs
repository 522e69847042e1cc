use provost_domain::{audit::note_change, bulk::BulkJob};
use provost_store::Conflict;

use super::entry;
use crate::{Change, Op, OperationError};

/// Cancels a bulk job. No further user is changed; those who were changed stay changed.
///
/// # Errors
/// `INVALID_ACTION` when it has ended.
pub fn cancel_bulk_job(op: &Op<'_>, before: &BulkJob) -> Result<Change<BulkJob>, OperationError> {
    let after = before.clone().cancel(op.now)?;
    let mut tx = op.transaction();
    tx.change_bulk_job(before, &after)?;
    let mut entry = entry(op, "user.bulk_cancelled", &after);
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    tx.audit(entry)?;
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::BulkJob]))
}

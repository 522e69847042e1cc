use provost_domain::{audit::note_change, report::Report};
use provost_store::StoreError;

use super::resource;
use crate::{Change, Op};

/// Removes what identifies the reporter from a report, as part of their erasure.
///
/// # Errors
/// `Unreadable` when something cannot be serialized.
pub fn forget_reporter(op: &Op<'_>, before: &Report) -> Result<Change<Report>, StoreError> {
    forget(op, before, before.clone().forget_reporter(op.now))
}

/// Removes what identifies the reported user from a report, as part of their erasure. If the report
/// is open, it is closed.
///
/// # Errors
/// `Unreadable` when something cannot be serialized.
pub fn forget_reported(op: &Op<'_>, before: &Report) -> Result<Change<Report>, StoreError> {
    forget(op, before, before.clone().forget_reported(op.now))
}

fn forget(op: &Op<'_>, before: &Report, after: Report) -> Result<Change<Report>, StoreError> {
    let mut entry = op.entry("report.pseudonymised", resource(&after, None));
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    let mut tx = op.transaction();
    tx.save_report(&after, before)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, after))
}

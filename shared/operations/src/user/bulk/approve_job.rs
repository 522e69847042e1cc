use provost_domain::{
    ApiError, PermissionSet, UserId,
    audit::note_change,
    bulk::{BulkAction, BulkJob},
    rank::{Acting, check_grant, check_rank, not_oneself},
};
use provost_store::Conflict;

use super::{about, send};
use crate::{Change, Op, OperationError};

/// Approves a bulk job of another member of staff, which sends it to the worker. The approver could
/// start the job as well: they have its permissions, rank above every staff member that it changes,
/// and are not changed themselves.
///
/// # Errors
/// As [`BulkJob::check_decision`]; `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` without the
/// permissions of the action, `OUTRANKED`, `CANNOT_MODIFY_SELF`; `NOT_FOUND` when a role of the action
/// is gone.
pub async fn approve_bulk_job(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &BulkJob,
) -> Result<Change<BulkJob>, OperationError> {
    before.check_decision(by.user.pseudonym, op.now)?;
    check_grant(by, &needed(op, &before.action).await?)?;
    check_users(op, by, before).await?;
    let after = before.clone().approve(by.user.pseudonym, op.reason.clone(), op.now)?;
    let mut tx = op.transaction();
    tx.change_bulk_job(before, &after)?;
    send(op, &mut tx, &after, "user.bulk_approved")?;
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::BulkJob]))
}

/// Rejects a bulk job of another member of staff. Nobody is changed.
///
/// # Errors
/// As [`BulkJob::check_decision`]; `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` without the
/// permissions of the action.
pub fn reject_bulk_job(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &BulkJob,
) -> Result<Change<BulkJob>, OperationError> {
    before.check_decision(by.user.pseudonym, op.now)?;
    check_grant(by, &before.action.permissions().iter().copied().collect())?;
    let after = before.clone().reject(by.user.pseudonym, op.reason.clone(), op.now)?;
    let mut tx = op.transaction();
    tx.change_bulk_job(before, &after)?;
    let mut entry = about(op, &after, "user.bulk_rejected");
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    tx.audit(entry)?;
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::BulkJob]))
}

/// The permissions of an action, and those that it gives.
async fn needed(op: &Op<'_>, action: &BulkAction) -> Result<PermissionSet, OperationError> {
    let mut needed: PermissionSet = action.permissions().iter().copied().collect();
    if let BulkAction::Roles { role, add, .. } = action {
        needed.extend(role.iter().flat_map(|role| role.permissions()));
        for id in add {
            let role = op.app.store().role(*id).await?;
            needed.extend(role.ok_or_else(|| ApiError::missing("role"))?.permissions);
        }
    }
    Ok(needed)
}

/// Checks that the approver may act on everybody whom the job changes.
async fn check_users(op: &Op<'_>, by: Acting<'_>, job: &BulkJob) -> Result<(), OperationError> {
    let store = op.app.store();
    let entries = store.all_planned_users(job).await?;
    let planned = || entries.iter().filter(|entry| entry.code.is_none());
    if planned().any(|entry| entry.user == by.user.pseudonym) {
        return Err(not_oneself().into());
    }
    let staff = planned().filter(|entry| entry.staff).map(|entry| entry.user);
    let ids: Vec<UserId> =
        store.subjects(staff).await?.into_values().map(|subject| subject.user_id).collect();
    // The worker reports accounts that cannot be read.
    for user in store.users_by_ids(&ids).await?.into_iter().flatten() {
        check_rank(by, &user)?;
    }
    Ok(())
}

use provost_domain::{
    BulkJobId,
    bulk::{BulkAction, BulkJob, BulkStatus, BulkTally},
    rank::{Acting, check_grant},
};
use provost_store::Conflict;

use super::send;
use crate::{Change, Op, OperationError};

/// Undoes a bulk job by another job, which goes through the users that it changed.
///
/// # Errors
/// As [`BulkJob::check_undo`]; `PERMISSION_DENIED` without the permissions of the action.
pub async fn undo_bulk_job(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &BulkJob,
) -> Result<Change<BulkJob>, OperationError> {
    check_grant(by, &before.action.permissions().iter().copied().collect())?;
    let undo = match before.undone_by {
        Some(undo) => op.app.store().bulk_job(undo).await?,
        None => None,
    };
    before.check_undo(undo.as_ref(), op.now)?;
    let job = BulkJob {
        id: op.app.id(BulkJobId::new),
        action: BulkAction::Undo { job: before.id },
        reason: Some(op.reason.clone().unwrap_or_else(|| format!("Undo of job {}.", before.id))),
        requested_by: by.user.pseudonym,
        permissions: by.permissions.clone(),
        status: BulkStatus::Queued,
        digest: before.digest.clone(),
        total: before.tally.done,
        planned: before.tally.done,
        staff: 0,
        // It only restores what was before, so it needs no second person.
        approval: None,
        tally: BulkTally::default(),
        cursor: None,
        fence: 0,
        created_at: op.now,
        expires_at: op.now,
        reported_at: op.now,
        ended_at: None,
        error: None,
        undone_by: None,
    };
    let after = BulkJob { undone_by: Some(job.id), ..before.clone() };
    let mut tx = op.transaction();
    tx.change_bulk_job(before, &after)?;
    tx.create_bulk_job(&job, &[], None)?;
    send(op, &mut tx, &job, "user.bulk_undone")?;
    Ok(Change::new(tx, job).decided_again_on(&[Conflict::BulkJob]))
}

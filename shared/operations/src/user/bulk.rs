//! Operations on bulk actions: one change of many users, planned, started, approved, cancelled and undone; and
//! the change of one of the users, which is the same operation as that of the user's own route.

mod apply;
mod approve_job;
mod cancel_job;
mod plan;
mod start_job;
mod undo_job;
mod undo_user;

pub use apply::{PreparedBulk, apply};
pub use approve_job::{approve_bulk_job, reject_bulk_job};
pub use cancel_job::cancel_bulk_job;
pub use plan::{BlockedUser, NewBulkPlan, PlannedBulk, plan_bulk_action, unplanned_bulk_action};
pub use start_job::{check_drift, start_bulk_job};
pub use undo_job::undo_bulk_job;
pub use undo_user::undo_user;

use provost_domain::{
    audit::{Entry, Resource, note_change},
    bulk::BulkJob,
    message::Message,
};
use provost_store::{StoreError, Transaction};

use crate::Op;

/// Announces a job that was started: to the worker, or only in the audit log if it waits for the
/// approval of a second person.
fn announce_start(op: &Op<'_>, tx: &mut Transaction, job: &BulkJob) -> Result<(), StoreError> {
    match job.approval {
        None => send(op, tx, job, "user.bulk_started"),
        Some(_) => tx.audit(about(op, job, "user.bulk_approval_requested")),
    }
}

/// Sends a job to the worker, with an audit entry about its start.
fn send(
    op: &Op<'_>,
    tx: &mut Transaction,
    job: &BulkJob,
    action: &'static str,
) -> Result<(), StoreError> {
    op.app.send(tx, Message::Bulk { job: job.id })?;
    tx.audit(about(op, job, action))
}

/// An entry that says what the job does.
fn about(op: &Op<'_>, job: &BulkJob, action: &'static str) -> Entry {
    let mut entry = entry(op, action, job);
    note_change(&mut entry.changes, "action", &None, &Some(&job.action));
    note_change(&mut entry.changes, "users", &None, &Some(job.planned));
    entry
}

fn entry(op: &Op<'_>, action: &'static str, job: &BulkJob) -> Entry {
    let op = Op { reason: op.reason.clone().or_else(|| job.reason.clone()), ..op.clone() };
    op.entry(action, Resource::Other { kind: "bulk_job", id: job.id.to_string() })
}

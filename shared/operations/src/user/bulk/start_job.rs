use provost_domain::{ApiError, Code, UserId, bulk::BulkJob};
use provost_store::Conflict;

use super::{announce_start, plan::digest_of};
use crate::{Change, Op, OperationError};

/// Checks that a filter selects the users of the plan.
///
/// # Errors
/// `PLAN_DRIFTED` with the number of users now.
pub fn check_drift(plan: &BulkJob, users: &[UserId]) -> Result<(), ApiError> {
    if digest_of(users) == plan.digest {
        return Ok(());
    }
    Err(ApiError::new(
        Code::PlanDrifted,
        "The filter selects other users than when the plan was made. Make a new plan, and check it.",
    )
    .with("count", users.len()))
}

/// Carries out a plan: the worker changes exactly the users that the plan names. If the plan needs
/// the approval of a second person, the job waits for it first.
///
/// # Errors
/// `INVALID_ACTION` when nobody can be changed.
pub async fn start_bulk_job(
    op: &Op<'_>,
    plan: &BulkJob,
) -> Result<Change<BulkJob>, OperationError> {
    let rule = op.app.store().settings().await?.bulk_approval();
    let started = plan.clone().start(op.reason.clone(), rule, op.now)?;
    let mut tx = op.transaction();
    tx.change_bulk_job(plan, &started)?;
    tx.forget_bulk_filter(plan.id)?;
    announce_start(op, &mut tx, &started)?;
    Ok(Change::new(tx, started).decided_again_on(&[Conflict::BulkJob]))
}

//! `POST /v1/jobs/{id}/undo`: undo a bulk job by another job.

use provost_api::bulk::BulkJobView;
use provost_http::{Accepted, Body, HandlerResult, JobGrant, RequestContext};
use provost_operations::bulk::undo_bulk_job;

use super::{bulk_job, cancel::JobDecision};

/// Undoes a bulk job.
///
/// # Errors
/// `NOT_FOUND` for a job of another caller or kind; `IN_PROGRESS`, `INVALID_ACTION` when it cannot
/// be undone; `PERMISSION_DENIED` without the permissions of the action.
pub async fn undo_job(
    ctx: RequestContext<JobGrant>,
    Body(body): Body<JobDecision>,
) -> HandlerResult<Accepted<BulkJobView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let job = bulk_job(&ctx).await?;
    let change = undo_bulk_job(&ctx.op(reason), ctx.caller.acting(), &job).await?;
    let by = ctx.caller.user.user_id;
    ctx.complete(change, |job| {
        Accepted(BulkJobView::of(&job, Some(by)), format!("/v1/jobs/{}", job.id))
    })
    .await
}

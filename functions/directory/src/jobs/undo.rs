//! `POST /v1/jobs/{id}/undo`: undo a bulk job by another job.

use std::collections::HashMap;

use provost_api::bulk::BulkJobView;
use provost_http::{Accepted, Body, HandlerResult, JobGrant, RequestContext};
use provost_operations::bulk::undo_bulk_job;

use super::{cancel::JobDecision, job_view, own_bulk_job};

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
    let job = own_bulk_job(&ctx).await?;
    let change = undo_bulk_job(&ctx.op(reason), ctx.caller.acting(), &job).await?;
    ctx.complete(change, |job| {
        let view = job_view(&ctx.caller, &job, &HashMap::new(), ctx.now());
        Accepted(view, format!("/v1/jobs/{}", job.id))
    })
    .await
}

//! `POST /v1/jobs/{id}/approve` and `/reject`: a second person decides about a bulk job that waits for
//! it.

use provost_api::bulk::BulkJobView;
use provost_http::{Body, HandlerResult, JobGrant, Json, RequestContext};
use provost_operations::bulk::{approve_bulk_job, reject_bulk_job};

use super::{cancel::JobDecision, job_view, staff_of, visible_bulk_job};

/// Approves a bulk job.
///
/// # Errors
/// `NOT_FOUND` for a job that needs no approval, or whose permissions the caller lacks;
/// `SECOND_PERSON_REQUIRED` for the staff member who started it; `INVALID_ACTION` when it waits for
/// no decision; `OUTRANKED`, `CANNOT_MODIFY_SELF`.
pub async fn approve_job(
    ctx: RequestContext<JobGrant>,
    Body(body): Body<JobDecision>,
) -> HandlerResult<Json<BulkJobView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let job = visible_bulk_job(&ctx).await?;
    let change = approve_bulk_job(&ctx.op(reason), ctx.caller.acting(), &job).await?;
    let names = staff_of(&ctx.app, &ctx.caller, std::slice::from_ref(&job)).await?;
    let now = ctx.now();
    ctx.complete(change, |job| Json::new(job_view(&ctx.caller, &job, &names, now))).await
}

/// Rejects a bulk job.
///
/// # Errors
/// As [`approve_job`], without those about rank.
pub async fn reject_job(
    ctx: RequestContext<JobGrant>,
    Body(body): Body<JobDecision>,
) -> HandlerResult<Json<BulkJobView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let job = visible_bulk_job(&ctx).await?;
    let change = reject_bulk_job(&ctx.op(reason), ctx.caller.acting(), &job)?;
    let names = staff_of(&ctx.app, &ctx.caller, std::slice::from_ref(&job)).await?;
    let now = ctx.now();
    ctx.complete(change, |job| Json::new(job_view(&ctx.caller, &job, &names, now))).await
}

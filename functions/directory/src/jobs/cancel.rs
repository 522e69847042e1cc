//! `POST /v1/jobs/{id}/cancel`: cancel a bulk job.

use provost_api::bulk::BulkJobView;
use provost_http::{Body, HandlerResult, JobGrant, Json, RequestContext};
use provost_operations::bulk::cancel_bulk_job;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{job_view, own_bulk_job, staff_of};

/// Request to cancel, undo, approve or reject a job.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JobDecision {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    pub reason: Option<String>,
}

/// Cancels a bulk job.
///
/// # Errors
/// `NOT_FOUND` for a job of another caller or kind, `INVALID_ACTION` when it has ended.
pub async fn cancel_job(
    ctx: RequestContext<JobGrant>,
    Body(body): Body<JobDecision>,
) -> HandlerResult<Json<BulkJobView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let job = own_bulk_job(&ctx).await?;
    let change = cancel_bulk_job(&ctx.op(reason), &job)?;
    let names = staff_of(&ctx.app, &ctx.caller, std::slice::from_ref(&job)).await?;
    let now = ctx.now();
    ctx.complete(change, |job| Json::new(job_view(&ctx.caller, &job, &names, now))).await
}

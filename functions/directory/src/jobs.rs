//! What becomes of a job: the users that it processed, its cancellation and its undo.

pub mod cancel;
pub mod items;
pub mod undo;

use provost_domain::{ApiError, BulkJobId, bulk::BulkJob};
use provost_http::{HandlerResult, JobGrant, RequestContext};

/// The bulk job in the path, which the caller has started. Other jobs are reported as not found.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn bulk_job(ctx: &RequestContext<JobGrant>) -> HandlerResult<BulkJob> {
    let id: BulkJobId = ctx.id("id", "job")?;
    let own = |job: &BulkJob| job.requested_by == ctx.caller.user.pseudonym;
    let job = ctx.app.store().bulk_job(id).await?.filter(own);
    Ok(job.ok_or_else(|| ApiError::missing("job"))?)
}

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
    // A key that the owner narrowed sees only jobs that it could have started.
    let own = |job: &BulkJob| {
        let held = &ctx.caller.permissions;
        let mut needed = job.action.permissions().iter();
        let may = !held.is_empty() && needed.all(|permission| held.contains(permission));
        job.requested_by == ctx.caller.user.pseudonym && (may || !ctx.caller.is_narrowed())
    };
    let job = ctx.app.store().bulk_job(id).await?.filter(own);
    Ok(job.ok_or_else(|| ApiError::missing("job"))?)
}

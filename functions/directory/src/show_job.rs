//! `GET /v1/jobs/{id}`: the progress of a job. A scan of all accounts that raises alerts is visible to
//! all staff who may start one; a dry run only to its creator; a bulk action to its creator and to
//! those who may approve it.

use provost_api::{
    fraud::{FraudScanView, JobView},
    job::BackgroundJob,
};
use provost_domain::{ApiError, BulkJobId, FraudScanId, Permission, fraud::FullScan};
use provost_http::{HandlerResult, JobGrant, Json, RequestContext};

use crate::jobs::{job_view, staff_of, visible_bulk_job};

/// Gets a job.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn get_job(ctx: RequestContext<JobGrant>) -> HandlerResult<Json<BackgroundJob>> {
    Ok(Json::new(if ctx.param("id").parse::<BulkJobId>().is_ok() {
        let job = visible_bulk_job(&ctx).await?;
        let names = staff_of(&ctx.app, &ctx.caller, std::slice::from_ref(&job)).await?;
        BackgroundJob::Bulk(Box::new(job_view(&ctx.caller, &job, &names, ctx.now())))
    } else {
        BackgroundJob::FraudScan(Box::new(full_scan(&ctx).await?))
    }))
}

async fn full_scan(ctx: &RequestContext<JobGrant>) -> HandlerResult<JobView> {
    let id: FraudScanId = ctx.id("id", "job")?;
    // Another user's dry run, or a job that the caller may no longer start, is reported as not
    // found.
    let own = |scan: &FullScan| {
        ctx.caller.permissions.contains(&Permission::FraudScan)
            && (!scan.dry_run || scan.requested_by == ctx.caller.user.pseudonym)
    };
    let scan =
        ctx.app.store().full_scan(id).await?.filter(own).ok_or_else(|| ApiError::missing("job"))?;
    let users = ctx.app.store().subjects(scan.people()).await?;
    let view = FraudScanView::of(&scan, |pseudonym| users.get(&pseudonym).map(|user| user.user_id));
    Ok(view.into())
}

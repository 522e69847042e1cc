//! `GET /v1/jobs/{id}`: the progress of a job. A scan of all accounts that raises alerts is visible to
//! all staff who may start one; a dry run, and a bulk action, only to its creator.

use provost_api::{
    bulk::BulkJobView,
    fraud::{FraudScanView, JobView},
    job::BackgroundJob,
};
use provost_domain::{ApiError, BulkJobId, FraudScanId, Permission, fraud::FullScan};
use provost_http::{HandlerResult, JobGrant, Json, RequestContext};

use crate::jobs::bulk_job;

/// Gets a job.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn get_job(ctx: RequestContext<JobGrant>) -> HandlerResult<Json<BackgroundJob>> {
    Ok(Json::new(if ctx.param("id").parse::<BulkJobId>().is_ok() {
        let job = bulk_job(&ctx).await?;
        BackgroundJob::Bulk(Box::new(BulkJobView::of(&job, Some(ctx.caller.user.user_id))))
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

//! `GET /v1/jobs/{id}`: the progress of a job. Jobs are the scans of all accounts: a scan that
//! raises alerts is visible to all staff who may start one, a dry run only to its creator.

use provost_api::fraud::{FraudScanView, JobView};
use provost_domain::{ApiError, FraudScanId, Permission, fraud::FullScan};
use provost_http::{HandlerResult, JobGrant, Json, RequestContext};

pub async fn get_job(ctx: RequestContext<JobGrant>) -> HandlerResult<Json<JobView>> {
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
    Ok(Json::new(view.into()))
}

//! `GET /v1/jobs/{id}`: the progress of a job. Jobs are the scans of all accounts: a scan that
//! raises alerts is visible to all staff who may start one, a dry run only to its creator.

use provost_domain::{
    ApiError, FraudSweepId, Permission,
    fraud::{JobView, Sweep},
};
use provost_fraud::watch;
use provost_http::{HandlerResult, JobGrant, Json, RequestContext};

pub async fn get_job(ctx: RequestContext<JobGrant>) -> HandlerResult<Json<JobView>> {
    let id: FraudSweepId = ctx.id("id", "job")?;
    // Another user's dry run, or a job that the caller may no longer start, is reported as not
    // found.
    let own = |sweep: &Sweep| {
        ctx.caller.permissions.contains(&Permission::FraudScan)
            && (!sweep.dry_run || sweep.requested_by == ctx.caller.principal.pseudonym)
    };
    let sweep =
        ctx.app.store().sweep(id).await?.filter(own).ok_or_else(|| ApiError::missing("job"))?;
    Ok(Json::new(watch::view(&ctx.app, &sweep).await?.into()))
}

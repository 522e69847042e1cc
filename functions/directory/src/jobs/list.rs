//! `GET /v1/jobs`: the bulk jobs of others that wait for the caller's approval.

use provost_api::bulk::BulkJobView;
use provost_domain::page::Page;
use provost_http::{
    HandlerResult, Json, Paging, Query, RequestContext, SnakeList, SnakePaging, access::StaffGrant,
};

use super::{approves, job_view, staff_of};

/// Lists the jobs.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_jobs(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<SnakePaging>,
) -> HandlerResult<Json<SnakeList<BulkJobView>>> {
    let request = ctx.page_request(&Paging::from(paging)).await?;
    let (caller, now) = (&ctx.caller, ctx.now());
    let mut jobs = ctx.app.store().awaiting_bulk_jobs().await?;
    jobs.retain(|job| {
        approves(caller, job) && job.check_decision(caller.user.pseudonym, now).is_ok()
    });
    let page = Page::of(jobs, &request);
    let names = staff_of(&ctx.app, caller, &page.rows).await?;
    let page = page.map(|job| job_view(caller, &job, &names, now));
    Ok(Json::new(ctx.list(page, &request).await?.into()))
}

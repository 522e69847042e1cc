//! `GET /api/users/me/export-jobs`: list the exports of your data.

use provost_api::ExportView;
use provost_domain::{Timestamp, export::ExportJob, page::Page};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};

/// Path of a user's own exports.
pub(crate) const JOBS: &str = "/api/users/me/export-jobs";

/// An export as the user whose data it holds sees it. For an export by staff, neither the staff
/// member nor the recipients of the archive are shown.
pub(crate) fn own_view(mut job: ExportJob, now: Timestamp) -> ExportView {
    if job.requested_by != "self" {
        job.requested_by = "staff".to_owned();
        job.recipients.clear();
    }
    ExportView::of(job, JOBS, now)
}

pub(crate) async fn list_data_exports(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<ExportView>>> {
    let request = ctx.page_request(&paging).await?;
    let (person, now) = (&ctx.caller.user, ctx.now());
    let page = Page::of(ctx.app.store().exports_of(person.user_id).await?, &request);
    let page = page.map(|job| own_view(job, now));
    Ok(Json::new(ctx.list(page, &request).await?))
}

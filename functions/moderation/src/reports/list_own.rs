//! `GET /api/reports`: list the reports that the caller filed.

use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};

use super::views::OwnReportView;

/// Lists the caller's own reports.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_own_reports(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<OwnReportView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().reports_by(ctx.caller.user.user_id, &request).await?;
    Ok(Json::new(ctx.list(page.map(OwnReportView::from), &request).await?))
}

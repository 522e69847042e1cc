//! `GET /api/applications`: list the caller's own applications, with their replies.

use provost_domain::page::Page;
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};

use super::views::{MAX_REPLIES, OwnApplicationView, replies};

/// Lists the caller's own applications.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_own_applications(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<OwnApplicationView>>> {
    let request = ctx.page_request(&paging).await?;
    let all = ctx.app.store().applications_of(ctx.caller.user.user_id).await?;
    let page = Page::of(all, &request);
    let (mut rows, mut left) = (Vec::new(), MAX_REPLIES);
    for application in page.rows {
        let replies = replies(&ctx.app, &application, left).await?;
        left -= replies.len();
        rows.push(OwnApplicationView::of(application, replies));
    }
    let page = Page { rows, total: page.total, next: page.next };
    Ok(Json::new(ctx.list(page, &request).await?))
}

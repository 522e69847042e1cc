//! `GET /api/admin/storage/buckets`: list the storage buckets.

use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffOrSystemGrant};

use super::BucketView;

pub async fn list_buckets(
    ctx: RequestContext<StaffOrSystemGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<BucketView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().buckets(&request).await?;
    Ok(Json::new(ctx.list(page.map(BucketView::from), &request).await?))
}

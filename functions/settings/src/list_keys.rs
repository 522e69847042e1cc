//! `GET /api/admin/system-key`: list the services that have system keys.

use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffGrant};

use crate::views::ServiceView;

pub async fn list_system_keys(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<ServiceView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().services(&request).await?;
    Ok(Json::new(ctx.list(page.map(ServiceView::from), &request).await?))
}

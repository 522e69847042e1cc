//! `GET /api/organisations/{id}/dns/zones`: list an organisation's DNS zones.

use provost_http::{HandlerResult, Json, List, OrganisationGrant, Paging, Query, RequestContext};

use crate::{zone, zones::show::ZoneView};

pub async fn list_dns_zones(
    ctx: RequestContext<OrganisationGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<ZoneView>>> {
    let request = ctx.page_request(&paging).await?;
    zone::check_on(&ctx).await?;
    let page = ctx.app.store().zones(ctx.organisation.id, &request).await?;
    Ok(Json::new(ctx.list(page.map(ZoneView::from), &request).await?))
}

//! `GET /api/organisations/{id}/dns/zones`: list an organisation's DNS zones.

use provost_http::{Answer, Json, List, OrganisationGrant, Paging, Query, RequestContext};

use crate::{show_zone::ZoneView, zone};

pub async fn list_dns_zones(call: RequestContext<OrganisationGrant>, Query(paging): Query<Paging>) -> Answer<Json<List<ZoneView>>> {
    let request = call.page_request(&paging).await?;
    zone::check_on(&call).await?;
    let page = call.app.store().zones(call.organisation.id, &request).await?;
    Ok(Json::new(call.list(page.map(ZoneView::from), &request).await?))
}

//! `GET /api/organisations/{id}/nodes`: list the nodes that are assigned to an organisation.

use provost_http::{Answer, Json, List, OrganisationGrant, Paging, Query, RequestContext};

use crate::list_nodes::NodeView;

pub async fn list_organisation_nodes(
    call: RequestContext<OrganisationGrant>,
    Query(paging): Query<Paging>,
) -> Answer<Json<List<NodeView>>> {
    let request = call.page_request(&paging).await?;
    let page = call.app.store().nodes_of(call.organisation.id, &request).await?;
    Ok(Json::new(call.list(page.map(NodeView::from), &request).await?))
}

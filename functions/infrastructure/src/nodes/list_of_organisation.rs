//! `GET /api/organisations/{id}/nodes`: list the nodes that are assigned to an organisation.

use provost_http::{HandlerResult, Json, List, OrganisationGrant, Paging, Query, RequestContext};

use crate::nodes::list::NodeView;

pub async fn list_organisation_nodes(
    ctx: RequestContext<OrganisationGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<NodeView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().nodes_of(ctx.organisation.id, &request).await?;
    Ok(Json::new(ctx.list(page.map(NodeView::from), &request).await?))
}

//! `GET /api/organisations/{id}/servers`: list an organisation's servers.

use provost_domain::{NodeId, OrganisationId, ServerId, Timestamp, infrastructure::Server};
use provost_http::{HandlerResult, Json, List, OrganisationGrant, Paging, Query, RequestContext};
use schemars::JsonSchema;
use serde::Serialize;

/// A server of an organisation.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerView {
    /// Server id.
    id: ServerId,
    /// Id of the organisation that the server belongs to.
    organisation_id: OrganisationId,
    /// Name of the server.
    name: String,
    /// Id of the chosen node; null if the platform chooses a shared one.
    node_id: Option<NodeId>,
    /// Time of creation.
    created_at: Timestamp,
}

impl From<Server> for ServerView {
    fn from(server: Server) -> Self {
        Self {
            id: server.id,
            organisation_id: server.organisation_id,
            name: server.name,
            node_id: server.node_id,
            created_at: server.created_at,
        }
    }
}

pub async fn list_servers(
    ctx: RequestContext<OrganisationGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<ServerView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().servers(ctx.organisation.id, &request).await?;
    Ok(Json::new(ctx.list(page.map(ServerView::from), &request).await?))
}

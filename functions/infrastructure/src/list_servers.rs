//! `GET /api/organisations/{id}/servers`: an organisation's servers.

use provost_domain::{NodeId, OrganisationId, ServerId, Timestamp, infrastructure::Server};
use provost_http::{Answer, Call, Json, List, OrganisationGrant, Paging, Query};
use schemars::JsonSchema;
use serde::Serialize;

/// A server.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerView {
    /// Its id.
    id: ServerId,
    /// Whose it is.
    organisation_id: OrganisationId,
    /// What its members call it.
    name: String,
    /// The node that was chosen for it; null when the platform chooses among the shared ones.
    node_id: Option<NodeId>,
    /// When it was added.
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

pub async fn list_servers(call: Call<OrganisationGrant>, Query(paging): Query<Paging>) -> Answer<Json<List<ServerView>>> {
    let request = call.page_request(&paging).await?;
    let page = call.app.store().servers(call.organisation.id, &request).await?;
    Ok(Json::new(call.list(page.map(ServerView::from), &request).await?))
}

//! `GET /api/nodes`: all nodes, for staff.

use provost_domain::{NodeId, OrganisationId, Timestamp, infrastructure::Node};
use provost_http::{Answer, Call, Json, List, Paging, Query, Staff};
use schemars::JsonSchema;
use serde::Serialize;

/// A node.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeView {
    /// Its id.
    id: NodeId,
    /// What staff call it.
    name: String,
    /// Its full host name.
    fqdn: String,
    /// Who runs the machine.
    provider: Option<String>,
    /// The address that servers on it answer at.
    default_ip: Option<String>,
    /// The organisation that has it to itself; null when it is shared.
    organisation_id: Option<OrganisationId>,
    /// How many servers stand on it.
    servers: u64,
    /// When it was added.
    created_at: Timestamp,
    /// Counts every assignment.
    version: u64,
}

impl From<Node> for NodeView {
    fn from(node: Node) -> Self {
        let Node { id, name, fqdn, provider, default_ip, organisation_id, servers, created_at, version } = node;
        Self { id, name, fqdn, provider, default_ip, organisation_id, servers, created_at, version }
    }
}

pub async fn list_nodes(call: Call<Staff>, Query(paging): Query<Paging>) -> Answer<Json<List<NodeView>>> {
    let request = call.page_request(&paging).await?;
    let page = call.app.store().nodes(&request).await?;
    Ok(Json::new(call.list(page.map(NodeView::from), &request).await?))
}

//! `GET /api/nodes`: list all nodes, for staff.

use provost_domain::{NodeId, OrganisationId, Timestamp, infrastructure::Node};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, StaffGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// A node, on which servers run.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeView {
    /// Node id.
    id: NodeId,
    /// Name of the node.
    name: String,
    /// Fully qualified host name.
    fqdn: String,
    /// Provider of the machine; null if not known.
    provider: Option<String>,
    /// IP address of the servers on the node; null if not set.
    default_ip: Option<String>,
    /// Id of the organisation with exclusive use of the node; null if the node is shared.
    organisation_id: Option<OrganisationId>,
    /// Number of servers on the node.
    servers: u64,
    /// Time of creation.
    created_at: Timestamp,
    /// Version, increased by every assignment.
    version: u64,
}

impl From<Node> for NodeView {
    fn from(node: Node) -> Self {
        let Node {
            id,
            name,
            fqdn,
            provider,
            default_ip,
            organisation_id,
            servers,
            created_at,
            version,
        } = node;
        Self { id, name, fqdn, provider, default_ip, organisation_id, servers, created_at, version }
    }
}

pub async fn list_nodes(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<NodeView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().nodes(&request).await?;
    Ok(Json::new(ctx.list(page.map(NodeView::from), &request).await?))
}

//! `POST /api/nodes`: create a node.

use std::net::IpAddr;

use provost_domain::{ApiError, Code, NodeId, infrastructure::Node, text};
use provost_http::{Body, Created, HandlerError, HandlerResult, RequestContext, StaffGrant};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{dns::name, list_nodes::NodeView, record::ResourceEvent};

/// Request to create a node.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateNode {
    /// Name, at most 64 characters.
    name: String,
    /// Fully qualified host name; must be unique.
    fqdn: String,
    /// Provider of the machine, at most 64 characters.
    #[serde(default)]
    provider: Option<String>,
    /// IPv4 or IPv6 address of the servers on the node.
    #[serde(default)]
    default_ip: Option<String>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn create_node(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<CreateNode>,
) -> HandlerResult<Created<NodeView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let wrong_ip = || {
        ApiError::field(
            "defaultIp",
            "invalid",
            "This is not an IP address. Give an IPv4 or IPv6 address.",
        )
    };
    let node = Node {
        id: ctx.app.id(NodeId::new),
        name: text::line("name", &body.name, 64)?,
        fqdn: name::host("fqdn", &body.fqdn)?,
        provider: body
            .provider
            .as_deref()
            .map(|provider| text::line("provider", provider, 64))
            .transpose()?,
        default_ip: body
            .default_ip
            .as_deref()
            .map(|ip| ip.parse::<IpAddr>().map(|ip| ip.to_string()).map_err(|_| wrong_ip()))
            .transpose()?,
        organisation_id: None,
        servers: 0,
        created_at: ctx.now(),
        version: 1,
    };
    let mut tx = ctx.app.transaction();
    tx.create_node(&node)?;
    ResourceEvent { reason, ..ResourceEvent::of("node.created", "node", node.id) }
        .change("name", None, Some(node.name.as_str()))
        .change("fqdn", None, Some(node.fqdn.as_str()))
        .write_by_staff(&ctx, &mut tx, &[])?;
    // A single node has no URL.
    let answer = Created(NodeView::from(node), "/api/nodes".to_owned());
    match ctx.commit(tx, &answer).await {
        Err(HandlerError::Conflict(Conflict::HostName)) => Err(ApiError::new(
            Code::AlreadyExists,
            "A node with this host name already exists. Use that node, or another name.",
        )
        .with("field", "fqdn")
        .into()),
        result => result.map(|()| answer),
    }
}

//! `POST /api/nodes`: create a node.

use std::net::IpAddr;

use provost_domain::{ApiError, text};
use provost_http::{Body, Created, HandlerResult, RequestContext, StaffGrant};
use provost_operations::{
    infrastructure::{self, NewNode},
    organisation::EventActor,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{dns::name, nodes::list::NodeView};

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
    let new = NewNode {
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
    };
    let by = EventActor::staff(&ctx.caller.user);
    let change = infrastructure::create_node(&ctx.op(reason), new, by)?;
    // A single node has no URL.
    ctx.complete(change, |node| Created(NodeView::from(node), "/api/nodes".to_owned())).await
}

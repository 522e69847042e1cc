//! `POST /api/organisations/{id}/servers`: create a server.

use provost_domain::{ApiError, NodeId, text};
use provost_http::{Body, Created, HandlerResult, OrganisationGrant, RequestContext};
use provost_operations::infrastructure;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::servers::list::ServerView;

/// Request to create a server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateServer {
    /// Name, at most 64 characters.
    name: String,
    /// Node for the server: one of the organisation's own, or a shared one. If omitted, the
    /// platform chooses a shared node.
    #[serde(default)]
    node_id: Option<NodeId>,
}

pub async fn create_server(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<CreateServer>,
) -> HandlerResult<Created<ServerView>> {
    let (reason, name) = (ctx.reason(None)?, text::line("name", &body.name, 64)?);
    let organisation = &ctx.organisation;
    let node = match body.node_id {
        None => None,
        Some(id) => Some(ctx.app.store().node(id).await?.ok_or_else(|| ApiError::missing("node"))?),
    };
    let op = ctx.op(reason);
    let change = infrastructure::create_server(&op, organisation, name, node.as_ref(), ctx.by())?;
    // A single server has no URL.
    let location = format!("/api/organisations/{}/servers", organisation.id);
    ctx.complete(change, |server| Created(ServerView::from(server), location)).await
}

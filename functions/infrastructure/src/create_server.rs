//! `POST /api/organisations/{id}/servers`: create a server.
//!
//! The limit of the tier is a condition on the organisation's counter in the transaction that adds
//! the server, so it also holds for concurrent requests.

use provost_domain::{
    ApiError, NodeId, ServerId,
    infrastructure::{Server, too_many_servers},
    text,
};
use provost_http::{Body, Created, HandlerError, HandlerResult, OrganisationGrant, RequestContext};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{list_servers::ServerView, record::ResourceEvent};

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
    let name = text::line("name", &body.name, 64)?;
    let organisation = &ctx.organisation;
    let node = match body.node_id {
        None => None,
        Some(id) => Some(ctx.app.store().node(id).await?.ok_or_else(|| ApiError::missing("node"))?),
    };
    if let Some(node) = &node {
        // A plain member with the staff permission adds servers as staff, who place none on a
        // dedicated node.
        node.check_placing(organisation, !ctx.by_staff())?;
    }

    let server = Server {
        id: ctx.app.id(ServerId::new),
        organisation_id: organisation.id,
        name,
        node_id: body.node_id,
        created_at: ctx.now(),
    };
    let mut tx = ctx.app.transaction();
    tx.add_server(&server, organisation, node.as_ref())?;
    ResourceEvent::of("server.created", "server", server.id)
        .change("name", None, Some(server.name.as_str()))
        .change("nodeId", None, server.node_id)
        .write(&ctx, &mut tx)?;
    // A single server has no URL.
    let location = format!("/api/organisations/{}/servers", organisation.id);
    let answer = Created(ServerView::from(server), location);
    match ctx.commit(tx, &answer).await {
        Err(HandlerError::Conflict(Conflict::TierServers)) => {
            Err(too_many_servers(organisation.portal_tier).into())
        }
        // The node was reassigned since it was read: evaluate the request again.
        Err(HandlerError::Conflict(Conflict::Node)) => Err(HandlerError::Collision),
        result => result.map(|()| answer),
    }
}

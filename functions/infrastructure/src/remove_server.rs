//! `DELETE /api/organisations/{id}/servers/{serverId}`: delete a server.

use provost_domain::{ApiError, ServerId};
use provost_http::{HandlerError, HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_store::Conflict;

use crate::record::ResourceEvent;

pub async fn delete_server(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<NoContent> {
    let missing = || ApiError::missing("server");
    let id: ServerId = ctx.id("serverId", "server")?;
    let server = ctx.app.store().server(ctx.organisation.id, id).await?.ok_or_else(missing)?;
    let mut tx = ctx.app.transaction();
    tx.remove_server(&server)?;
    ResourceEvent::of("server.removed", "server", id)
        .change("name", Some(server.name.as_str()), None)
        .write(&ctx, &mut tx)?;
    match ctx.commit(tx, &NoContent).await {
        Err(HandlerError::Conflict(Conflict::Server)) => Err(missing().into()),
        result => result.map(|()| NoContent),
    }
}

//! `DELETE /api/organisations/{id}/servers/{serverId}`: delete a server.

use provost_domain::{ApiError, ServerId};
use provost_http::{Answer, HandlerError, Nothing, OrganisationGrant, RequestContext};
use provost_store::servers::SERVER;

use crate::record::ResourceEvent;

pub async fn delete_server(call: RequestContext<OrganisationGrant>) -> Answer<Nothing> {
    let missing = || ApiError::missing("server");
    let id: ServerId = call.id("serverId", "server")?;
    let server = call.app.store().server(call.organisation.id, id).await?.ok_or_else(missing)?;
    let mut tx = call.app.transaction();
    tx.remove_server(&server)?;
    ResourceEvent::of("server.removed", "server", id).change("name", Some(server.name.as_str()), None).write(&call, &mut tx)?;
    match call.commit(tx, &Nothing).await {
        Err(HandlerError::Failed { action: SERVER, .. }) => Err(missing().into()),
        result => result.map(|()| Nothing),
    }
}

//! `DELETE /api/organisations/{id}/servers/{serverId}`: delete a server.

use provost_domain::{Refused, ServerId};
use provost_http::{Answer, Call, Nothing, OrganisationGrant, Problem};
use provost_store::servers::SERVER;

use crate::record::Told;

pub async fn delete_server(call: Call<OrganisationGrant>) -> Answer<Nothing> {
    let missing = || Refused::missing("server");
    let id: ServerId = call.id("serverId", "server")?;
    let server = call.app.store().server(call.organisation.id, id).await?.ok_or_else(missing)?;
    let mut tx = call.app.transaction();
    tx.remove_server(&server)?;
    Told::of("server.removed", "server", id).change("name", Some(server.name.as_str()), None).write(&call, &mut tx)?;
    match call.commit(tx, &Nothing).await {
        Err(Problem::Failed { action: SERVER, .. }) => Err(missing().into()),
        result => result.map(|()| Nothing),
    }
}

use provost_domain::{ApiError, infrastructure::Server};
use provost_store::Conflict;

use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Deletes a server.
///
/// # Errors
/// `NOT_FOUND` when it was deleted at the same time.
pub fn delete_server(
    op: &Op<'_>,
    server: &Server,
    by: EventActor,
) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.remove_server(server)?;
    OrganisationEvent::of_resource("server.removed", "server", server.id)
        .change("name", Some(&server.name), None)
        .record(op, &mut tx, &[server.organisation_id], by)?;
    Ok(Change::new(tx, ()).refused_on(Conflict::Server, ApiError::missing("server")))
}

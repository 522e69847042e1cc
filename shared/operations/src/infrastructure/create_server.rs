use provost_domain::{
    ServerId,
    infrastructure::{Node, Server, too_many_servers},
    organisation::Organisation,
};
use provost_store::Conflict;

use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Creates a server of an organisation on a node, or on a shared node that the platform chooses.
///
/// The limit of the tier is a condition on the organisation's counter in the transaction, so it
/// also holds for concurrent requests.
///
/// # Errors
/// `NOT_FOUND` for the node of another organisation, `INVALID_ACTION` when the tier no longer has
/// dedicated nodes, `PERMISSION_DENIED` for staff on a dedicated node, `TIER_LIMIT`.
pub fn create_server(
    op: &Op<'_>,
    organisation: &Organisation,
    name: String,
    node: Option<&Node>,
    by: EventActor,
) -> Result<Change<Server>, OperationError> {
    if let Some(node) = node {
        // A plain member with the staff permission adds servers as staff, who place none on a
        // dedicated node.
        node.check_placing(organisation, !by.as_staff)?;
    }
    let server = Server {
        id: op.app.id(ServerId::new),
        organisation_id: organisation.id,
        name,
        node_id: node.map(|node| node.id),
        created_at: op.now,
    };
    let mut tx = op.transaction();
    tx.add_server(&server, organisation, node)?;
    OrganisationEvent::of_resource("server.created", "server", server.id)
        .change("name", None, Some(&server.name))
        .change("nodeId", None, server.node_id)
        .record(op, &mut tx, &[organisation.id], by)?;
    Ok(Change::new(tx, server)
        .refused_on(Conflict::TierServers, too_many_servers(organisation.portal_tier))
        // The node was reassigned since it was read.
        .decided_again_on(&[Conflict::Node]))
}

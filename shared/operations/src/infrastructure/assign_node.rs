use provost_domain::{OrganisationId, infrastructure::Node, organisation::Organisation};
use provost_store::Conflict;

use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Dedicates a node to an organisation, or shares it again.
///
/// # Errors
/// `INVALID_ACTION` when the organisation's tier has no dedicated nodes, when the node already has
/// this assignment, or while it has servers.
pub fn assign_node(
    op: &Op<'_>,
    node: &Node,
    to: Option<&Organisation>,
    by: EventActor,
) -> Result<Change<Node>, OperationError> {
    let assigned = node.assign(to)?;
    let mut tx = op.transaction();
    tx.assign_node(node, &assigned, to)?;
    let affected: Vec<OrganisationId> =
        [node.organisation_id, assigned.organisation_id].into_iter().flatten().collect();
    // An organisation must not learn which other one had the node before, or gets it next.
    OrganisationEvent::of_resource("node.assigned", "node", node.id)
        .change("fqdn", None, Some(&node.fqdn))
        .record(op, &mut tx, &affected, by)?;
    let after = Node { version: node.version + 1, ..assigned };
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::Node]))
}

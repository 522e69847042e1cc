use provost_domain::{ApiError, Code, NodeId, infrastructure::Node};
use provost_store::Conflict;

use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// A new node.
#[derive(Debug, Clone)]
pub struct NewNode {
    /// Name.
    pub name: String,
    /// Fully qualified host name, lower case.
    pub fqdn: String,
    /// Provider of the machine.
    pub provider: Option<String>,
    /// Default IP address of servers on the node.
    pub default_ip: Option<String>,
}

/// Creates a shared node.
///
/// # Errors
/// `ALREADY_EXISTS` for a host name that is in use.
pub fn create_node(
    op: &Op<'_>,
    new: NewNode,
    by: EventActor,
) -> Result<Change<Node>, OperationError> {
    let NewNode { name, fqdn, provider, default_ip } = new;
    let node = Node {
        id: op.app.id(NodeId::new),
        name,
        fqdn,
        provider,
        default_ip,
        organisation_id: None,
        servers: 0,
        created_at: op.now,
        version: 1,
    };
    let mut tx = op.transaction();
    tx.create_node(&node)?;
    OrganisationEvent::of_resource("node.created", "node", node.id)
        .change("name", None, Some(&node.name))
        .change("fqdn", None, Some(&node.fqdn))
        .record(op, &mut tx, &[], by)?;
    Ok(Change::new(tx, node).refused_on(
        Conflict::HostName,
        ApiError::new(
            Code::AlreadyExists,
            "A node with this host name already exists. Use that node, or another name.",
        )
        .with("field", "fqdn"),
    ))
}

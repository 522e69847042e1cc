use provost_domain::{
    NodeId, OrganisationId,
    audit::{Resource, note_change},
};
use provost_store::StoreError;

use crate::Op;

/// Shares a dedicated node of an organisation again, when the organisation is deleted. Returns
/// whether it was dedicated to the organisation.
///
/// # Errors
/// The store failed.
pub async fn release_node(
    op: &Op<'_>,
    organisation: OrganisationId,
    node: NodeId,
) -> Result<bool, StoreError> {
    let mut tx = op.transaction();
    tx.free_node(organisation, node)?;
    let resource = Resource::Other { kind: "node", id: node.to_string() };
    let mut entry = op.entry("node.assigned", resource);
    note_change(&mut entry.changes, "organisationId", &Some(organisation), &None);
    tx.audit(entry)?;
    match tx.commit().await {
        Ok(()) => Ok(true),
        // The node is assigned to another organisation already.
        Err(error) if error.conflict().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

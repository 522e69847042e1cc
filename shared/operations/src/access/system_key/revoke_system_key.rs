use provost_domain::{
    ApiError, SystemKeyId,
    audit::{Resource, note_change},
    system_key::Service,
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Revokes a key of a service. It is refused from the next request on.
///
/// # Errors
/// `NOT_FOUND` when the service has no such live key.
pub fn revoke_system_key(
    op: &Op<'_>,
    mut service: Service,
    id: SystemKeyId,
) -> Result<Change<()>, OperationError> {
    let key = service.keys.remove(&id).ok_or_else(|| ApiError::missing("system key"))?;
    let mut entry =
        op.entry("system_key.revoked", Resource::Other { kind: "system_key", id: id.to_string() });
    note_change(&mut entry.changes, "service", &Some(&service.name), &None);
    note_change(&mut entry.changes, "scopes", &Some(&key.scopes), &None);
    let mut tx = op.transaction();
    tx.save_service(&service)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, ()).decided_again_on(&[Conflict::SystemKeys]))
}

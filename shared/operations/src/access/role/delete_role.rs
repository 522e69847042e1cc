use provost_domain::{rank::Acting, role::Role};
use provost_store::Conflict;

use super::entry;
use crate::{Change, Op, OperationError};

/// Deletes a role that nobody holds. Its name is free afterwards.
///
/// # Errors
/// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` for permissions of the role that the actor lacks;
/// `INVALID_ACTION` with the number of its holders.
pub fn delete_role(op: &Op<'_>, by: Acting<'_>, role: &Role) -> Result<Change<()>, OperationError> {
    role.check_delete(by)?;
    let mut tx = op.transaction();
    tx.remove_role(role)?;
    tx.audit(entry(op, "role.deleted", Some(role), None))?;
    Ok(Change::new(tx, ()).decided_again_on(&[Conflict::Role]))
}

use provost_domain::{PermissionSet, RoleId, rank::Acting, role::Role};
use provost_store::Conflict;

use super::{entry, taken};
use crate::{Change, Op, OperationError};

/// The definition of a new role.
#[derive(Debug)]
pub struct NewRole<'a> {
    /// Name.
    pub name: &'a str,
    /// What the role is for.
    pub description: Option<&'a str>,
    /// The permissions of its holders.
    pub permissions: PermissionSet,
}

/// Creates a role, which nobody holds yet.
///
/// # Errors
/// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` for permissions that the actor lacks;
/// `VALIDATION_FAILED`; `ALREADY_EXISTS` for a name that is taken or reserved.
pub fn create_role(
    op: &Op<'_>,
    by: Acting<'_>,
    new: NewRole<'_>,
) -> Result<Change<Role>, OperationError> {
    let id = op.app.id(RoleId::new);
    let role = Role::define(by, id, new.name, new.description, new.permissions, op.now)?;
    let mut tx = op.transaction();
    tx.create_role(&role)?;
    tx.audit(entry(op, "role.created", None, Some(&role)))?;
    Ok(Change::new(tx, role).refused_on(Conflict::RoleName, taken()))
}

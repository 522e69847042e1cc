use provost_domain::{
    rank::Acting,
    role::{Role, RoleEdit},
};
use provost_store::Conflict;

use super::{entry, taken};
use crate::{Change, Op, OperationError};

/// Changes a role. All its holders have the new permissions from their next request on. Returns no
/// change if the role is like this already.
///
/// # Errors
/// As [`Role::edit`]; `ALREADY_EXISTS` for a name that is taken.
pub fn update_role(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &Role,
    edit: &RoleEdit,
) -> Result<Option<Change<Role>>, OperationError> {
    let after = before.edit(by, edit, op.now)?;
    if after == *before {
        return Ok(None);
    }
    let mut tx = op.transaction();
    tx.save_role(before, &after)?;
    tx.audit(entry(op, "role.updated", Some(before), Some(&after)))?;
    let change = Change::new(tx, after).refused_on(Conflict::RoleName, taken());
    Ok(Some(change.decided_again_on(&[Conflict::Role])))
}

use provost_domain::{
    User,
    audit::Resource,
    rank::{Acting, check_rank},
    role::Role,
};
use provost_store::{Conflict, Transaction};

use super::note_rights;
use crate::{Change, Op, OperationError, session::apply_second_factor_rule};

/// Assigns a custom role to a user, whose staff permissions are withheld while staff need a second
/// factor and the user has none. Returns no change if the user has the role.
///
/// # Errors
/// As [`User::assign_role`].
pub async fn assign_role(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &User,
    role: &Role,
) -> Result<Option<Change<User>>, OperationError> {
    let Some(after) = before.assign_role(by, role)? else { return Ok(None) };
    let mut tx = op.transaction();
    tx.add_role_holder(role, before.user_id, op.now)?;
    Ok(Some(save(op, tx, "user.role_assigned", before, after).await?))
}

/// Removes a custom role from a user.
///
/// # Errors
/// As [`User::unassign_role`].
pub async fn unassign_role(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &User,
    role: &Role,
) -> Result<Change<User>, OperationError> {
    let after = before.unassign_role(by, role)?;
    let mut tx = op.transaction();
    tx.remove_role_holder(role.id, before.user_id)?;
    save(op, tx, "user.role_removed", before, after).await
}

/// Assigns custom roles to a user and removes others, in one change. Roles that the user has, or
/// does not have, are passed over. Returns no change if the roles are as wanted.
///
/// # Errors
/// As [`User::assign_role`].
pub async fn change_roles(
    op: &Op<'_>,
    by: Acting<'_>,
    before: &User,
    add: &[Role],
    remove: &[Role],
) -> Result<Option<Change<User>>, OperationError> {
    check_rank(by, before)?;
    let (mut tx, mut after) = (op.transaction(), before.clone());
    for role in remove.iter().filter(|role| before.has_role(&role.id.to_string())) {
        after = after.unassign_role(by, role)?;
        tx.remove_role_holder(role.id, before.user_id)?;
    }
    for role in add {
        if let Some(with) = after.assign_role(by, role)? {
            after = with;
            tx.add_role_holder(role, before.user_id, op.now)?;
        }
    }
    if after.roles == before.roles {
        return Ok(None);
    }
    let action = if add.is_empty() { "user.role_removed" } else { "user.role_assigned" };
    Ok(Some(save(op, tx, action, before, after).await?))
}

async fn save(
    op: &Op<'_>,
    mut tx: Transaction,
    action: &'static str,
    before: &User,
    after: User,
) -> Result<Change<User>, OperationError> {
    let after = apply_second_factor_rule(op.app, after.changed(op.now)).await?;
    let mut entry = op.entry(action, Resource::User(before.subject()));
    note_rights(&mut entry.changes, before, &after);
    tx.save_user(&after)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::Role, Conflict::RoleHolder]))
}

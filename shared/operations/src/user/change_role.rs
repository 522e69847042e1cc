use provost_domain::{
    BuiltInRole, User,
    audit::{Resource, note_change},
    user::UserTypes,
};

use super::require_remaining_root;
use crate::{Change, Op, OperationError, session::apply_second_factor_rule};

/// Changes the built-in role of a user, whose staff permissions are withheld while staff need a second
/// factor and the user has none. Returns no change if the user has this role.
///
/// # Errors
/// `INVALID_ACTION` for an account that is scheduled for deletion, `LAST_SUPERADMIN`.
pub async fn change_role(
    op: &Op<'_>,
    before: &User,
    role: BuiltInRole,
) -> Result<Option<Change<User>>, OperationError> {
    change_types(op, before, Some(role), UserTypes::default()).await
}

/// Changes the types of a user: the built-in role, which decides who is an administrator, and who
/// teaches or learns. Returns no change if they are as wanted.
///
/// # Errors
/// As [`change_role`]; `VALIDATION_FAILED` on `isLearner` when no type would remain.
pub async fn change_types(
    op: &Op<'_>,
    before: &User,
    role: Option<BuiltInRole>,
    types: UserTypes,
) -> Result<Option<Change<User>>, OperationError> {
    before.check_not_scheduled_for_deletion()?;
    let role = role.filter(|role| *role != before.role);
    let mut after = before.clone().changed(op.now);
    if let Some(role) = role {
        after.set_role(role);
    }
    after.set_types(types)?;
    let flags = |user: &User| (user.is_instructor, user.is_learner);
    if role.is_none() && flags(&after) == flags(before) {
        return Ok(None);
    }
    let after = if role.is_some() { apply_second_factor_rule(op.app, after).await? } else { after };

    let action = if role.is_some() { "user.role_changed" } else { "user.types_changed" };
    let mut entry = op.entry(action, Resource::User(before.subject()));
    note_change(&mut entry.changes, "role", &before.role, &after.role);
    note_change(&mut entry.changes, "isInstructor", &before.is_instructor, &after.is_instructor);
    note_change(&mut entry.changes, "isLearner", &before.is_learner, &after.is_learner);
    let mut tx = op.transaction();
    require_remaining_root(&mut tx, before, &after, op.account).await?;
    tx.save_user(&after)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, after)))
}

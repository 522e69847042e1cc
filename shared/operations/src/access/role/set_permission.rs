use provost_domain::{
    Permission, User,
    audit::Resource,
    direct::{DirectPermission, Effect, Entry, ListChange},
    grantor::Grantor,
};

use super::note_rights;
use crate::{Change, Op, OperationError, session::apply_second_factor_rule};

/// Grants or denies a permission to a user, for good or until a time. Returns no change if the user
/// has this very entry.
///
/// # Errors
/// As [`User::set_permission`].
pub async fn set_permission(
    op: &Op<'_>,
    by: Grantor<'_>,
    before: &User,
    permission: Permission,
    effect: Effect,
    entry: Entry,
) -> Result<Option<Change<User>>, OperationError> {
    let Some(after) = before.set_permission(by, permission, effect, entry)? else {
        return Ok(None);
    };
    let action = match effect {
        Effect::Allow => "user.permission_granted",
        Effect::Deny => "user.permission_denied",
    };
    Ok(Some(save(op, action, before, after).await?))
}

/// Adds, replaces or removes several direct entries of a user in one step. Returns no change if that
/// changes nothing.
///
/// # Errors
/// As [`User::change_permissions`].
pub async fn change_permissions(
    op: &Op<'_>,
    by: Grantor<'_>,
    before: &User,
    change: ListChange,
    entries: &[DirectPermission],
) -> Result<Option<Change<User>>, OperationError> {
    let Some(after) = before.change_permissions(by, change, entries)? else {
        return Ok(None);
    };
    Ok(Some(save(op, "user.permissions_changed", before, after).await?))
}

/// Removes a direct entry about a permission from a user: a denial if there is one, otherwise the
/// grant, unless `effect` says which.
///
/// # Errors
/// As [`User::remove_permission`].
pub async fn remove_permission(
    op: &Op<'_>,
    by: Grantor<'_>,
    before: &User,
    permission: Permission,
    effect: Option<Effect>,
) -> Result<Change<User>, OperationError> {
    let after = before.remove_permission(by, permission, effect)?;
    save(op, "user.permission_removed", before, after).await
}

async fn save(
    op: &Op<'_>,
    action: &'static str,
    before: &User,
    after: User,
) -> Result<Change<User>, OperationError> {
    let after = apply_second_factor_rule(op.app, after.changed(op.now)).await?;
    let mut entry = op.entry(action, Resource::User(before.subject()));
    note_rights(&mut entry.changes, before, &after);
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, after))
}

use provost_domain::{
    ApiError, BuiltInRole, Principal, Status,
    audit::{Resource, note_change},
};

use super::require_remaining_root;
use crate::{Change, Op, OperationError};

/// Changes the built-in role of a user. Returns no change if the user has this role.
///
/// # Errors
/// `INVALID_ACTION` for an account that is scheduled for deletion, `LAST_SUPERADMIN`.
pub async fn change_role(
    op: &Op<'_>,
    before: &Principal,
    role: BuiltInRole,
) -> Result<Option<Change<Principal>>, OperationError> {
    if before.status == Status::Deleted {
        return Err(ApiError::invalid_action(
            "This account is scheduled for deletion. Cancel the deletion first.",
            &["cancel-deletion"],
        )
        .into());
    }
    if before.role == role {
        return Ok(None);
    }
    let mut after = before.clone().changed(op.now);
    after.role = role;

    let mut entry = op.entry("user.role_changed", Resource::User(before.subject()));
    note_change(&mut entry.changes, "role", &before.role, &after.role);
    let mut tx = op.app.transaction();
    require_remaining_root(&mut tx, before, &after, op.account).await?;
    tx.save_principal(&after)?;
    tx.audit(entry)?;
    Ok(Some(Change { tx, after }))
}

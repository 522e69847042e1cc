use provost_domain::{
    ApiError, DeletionId, MessageId, User,
    audit::{Resource, note_change},
    deletion::CancelledBy,
    mail::Template,
};

use crate::{Change, Op, OperationError, deletion};

/// A restored account.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The account after the change.
    pub account: User,
    /// Id of the cancelled deletion request.
    pub deletion: DeletionId,
}

/// Restores an account that is scheduled for deletion, on behalf of staff: the deletion is
/// cancelled, contacts must be confirmed again, and privileged roles assigned again.
///
/// # Errors
/// `INVALID_ACTION` when no deletion is pending or it is being carried out.
pub async fn restore(
    op: &Op<'_>,
    before: &User,
    by: CancelledBy,
) -> Result<Change<Restored>, OperationError> {
    let after = before.clone().restore(op.now)?;
    let request =
        op.app.store().pending_deletion(before).await?.ok_or_else(|| {
            ApiError::invalid_action("This account has no pending deletion.", &[])
        })?;

    let mut entry = op.entry("user.restored", Resource::User(before.subject()));
    let changes = &mut entry.changes;
    note_change(changes, "status", &before.status, &after.status);
    note_change(changes, "role", &before.role, &after.role);
    note_change(changes, "grants", &before.grants, &after.grants);
    note_change(changes, "emailVerified", &before.email_verified, &after.email_verified);
    note_change(changes, "phoneVerified", &before.phone_verified, &after.phone_verified);
    note_change(changes, "roles", &before.roles, &after.roles);
    let mut tx = op.transaction();
    tx.release_roles(before, &after)?;
    let id = op.app.id(MessageId::new);
    let kept = Some(after.clone());
    let cancelled = deletion::cancel_and_keep(&mut tx, request, kept, by, id, op.now)?;
    op.mail(&mut tx, after.user_id, Template::VerifyEmail, None)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, Restored { account: after, deletion: cancelled.id }))
}

use provost_domain::{
    Status, User,
    audit::{Resource, note_change},
    mail::Template,
};

use crate::{Change, Op, OperationError, user::require_remaining_root};

/// Moves an account between active, inactive and waiting for verification. All sessions and API keys
/// end when it leaves `active`. A user who has to confirm the address again gets an email.
///
/// # Errors
/// `INVALID_ACTION` with `allowed`, `LAST_SUPERADMIN`.
pub async fn change_status(
    op: &Op<'_>,
    before: &User,
    to: Status,
) -> Result<Change<User>, OperationError> {
    let after = before.clone().change_status(to, op.now)?;
    let mut entry = op.entry("user.status_changed", Resource::User(before.subject()));
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    note_change(&mut entry.changes, "emailVerified", &before.email_verified, &after.email_verified);
    let mut tx = op.transaction();
    require_remaining_root(&mut tx, before, &after, op.account).await?;
    tx.save_user(&after)?;
    tx.audit(entry)?;
    if to == Status::PendingVerification {
        op.mail(&mut tx, after.user_id, Template::VerifyEmail, None)?;
    }
    Ok(Change::new(tx, after))
}

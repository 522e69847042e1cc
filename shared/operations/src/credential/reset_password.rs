use provost_auth::password;
use provost_domain::{
    User,
    audit::{Resource, note_change},
    mail::Template,
};
use provost_store::credentials::Credential;

use super::{end_earlier, note_ended, password_policy};
use crate::{Change, Op, OperationError};

/// Sets a new password for a user who has proved with an emailed link to control the address.
/// `resets` is the number of passwords that were set before. All sessions and API keys are revoked,
/// and the address is confirmed.
///
/// # Errors
/// `VALIDATION_FAILED` on `password` for a password against the policy.
pub async fn reset_password(
    op: &Op<'_>,
    before: &User,
    resets: u64,
    new: &str,
) -> Result<Change<User>, OperationError> {
    password_policy(op.app).await?.check(new, &before.email)?;
    let credential = Credential {
        password_hash: password::hash(new)?,
        set_at: op.now,
        resets: resets + 1,
        must_reset: false,
    };
    let after = before.clone().reset_password(op.now);
    let mut entry =
        op.by_owner(before).entry("user.password_reset", Resource::User(before.subject()));
    let changes = &mut entry.changes;
    note_change(changes, "emailVerified", &before.email_verified, &after.email_verified);
    let mut tx = op.transaction();
    // The condition on the account makes this exact: of two concurrent requests with the same link,
    // one is evaluated again and finds the link used.
    tx.save_user(&after)?;
    if before.never_confirmed() {
        end_earlier(op, &mut tx, before, &after, changes).await?;
    } else {
        note_ended(changes, before, &after);
    }
    tx.save_credential(after.user_id, &credential)?;
    tx.audit(entry)?;
    op.mail(&mut tx, after.user_id, Template::PasswordChanged, None)?;
    Ok(Change::new(tx, after))
}

use provost_domain::{
    User,
    audit::{Resource, note_change},
    notification::NotificationKind,
};

use crate::{Change, Op, OperationError};

/// Turns off two-factor authentication for a user who lost the device and the recovery codes, and
/// ends the user's sessions. Returns no change if the user does not use it.
///
/// # Errors
/// The store failed.
pub async fn turn_off_two_factor(
    op: &Op<'_>,
    before: &User,
) -> Result<Option<Change<User>>, OperationError> {
    if !before.two_factor_enabled {
        return Ok(None);
    }
    let factor = op.app.store().second_factor(before.user_id).await?;
    let mut after = before.clone().changed(op.now);
    after.two_factor_enabled = false;
    // Also ends the sessions of an attacker who turned it on with a stolen session.
    after.sessions.clear();

    let mut entry = op.entry("two_factor.disabled", Resource::User(before.subject()));
    note_change(&mut entry.changes, "twoFactorEnabled", &true, &false);
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    if let Some(factor) = factor {
        tx.remove_second_factor(after.user_id, &factor)?;
    }
    op.notify(
        &mut tx,
        after.user_id,
        NotificationKind::Security,
        "Two-factor authentication is off",
        "Support turned it off, so your password alone is now enough to sign in. If you did not request this, change your password and reply to the last email.",
    )?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, after)))
}

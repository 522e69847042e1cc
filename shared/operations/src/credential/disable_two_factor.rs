use provost_domain::{
    User,
    audit::{Resource, note_change},
    notification::NotificationKind,
    second_factor::SecondFactor,
};

use crate::{Change, Op, OperationError};

/// Turns off the second factor of a user who has given a valid code of it. `owner` is the account
/// after the attempt at the code was counted.
///
/// # Errors
/// The write cannot be built.
pub fn disable_two_factor(
    op: &Op<'_>,
    owner: User,
    factor: &SecondFactor,
) -> Result<Change<()>, OperationError> {
    let mut entry = op.entry("two_factor.disabled", Resource::User(owner.subject()));
    note_change(&mut entry.changes, "twoFactorEnabled", &true, &false);
    let owner = User { two_factor_enabled: false, ..owner }.withdraw_try().changed(op.now);
    let mut tx = op.transaction();
    tx.save_user(&owner)?;
    tx.remove_second_factor(owner.user_id, factor)?;
    op.notify(
        &mut tx,
        owner.user_id,
        NotificationKind::Security,
        "Two-factor authentication is off",
        "Your password alone is now enough to sign in. If you did not turn it off, change your password.",
    )?;
    tx.audit(entry)?;
    Ok(Change::new(tx, ()))
}

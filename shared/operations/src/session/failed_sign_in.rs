use provost_domain::{Email, UserId, lockout::Failures, session::SignIn};

use crate::{Change, Op, OperationError};

/// Records a sign-in that was refused because the account is locked. No attempt was counted, so the
/// account does not change.
///
/// # Errors
/// The write cannot be built.
pub fn record_locked_sign_in(
    op: &Op<'_>,
    user: UserId,
    failed: &SignIn,
) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.check_not_erasing(user)?;
    tx.add_sign_in(user, failed)?;
    Ok(Change::new(tx, ()))
}

/// Records a failed sign-in with an address without an account, at the same cost as with one. `read`
/// are the failures as stored.
///
/// # Errors
/// The write cannot be built.
pub fn record_unknown_sign_in(
    op: &Op<'_>,
    email: &Email,
    read: Failures,
    failures: Failures,
) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.save_unknown_login(email, read, failures, op.now)?;
    Ok(Change::new(tx, ()))
}

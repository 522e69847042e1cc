use provost_domain::{User, mail::Template};

use crate::{Change, Op, OperationError};

/// Sends a user the email that asks to confirm the address again.
///
/// # Errors
/// The message cannot be built.
pub fn request_confirmation(op: &Op<'_>, account: &User) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    tx.check_user(account)?;
    op.mail(&mut tx, account.user_id, Template::VerifyEmail, None)?;
    Ok(Change::new(tx, ()))
}

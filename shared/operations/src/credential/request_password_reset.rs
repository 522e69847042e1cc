use provost_domain::{UserId, mail::Template};

use crate::{Change, Op, OperationError};

/// Sends a user the email with a link to choose a new password. For an id without a user, the mail
/// worker drops the message, so the request takes the same time.
///
/// # Errors
/// The message cannot be built.
pub fn request_password_reset(op: &Op<'_>, user: UserId) -> Result<Change<()>, OperationError> {
    let mut tx = op.transaction();
    op.mail(&mut tx, user, Template::PasswordReset, None)?;
    Ok(Change::new(tx, ()))
}

use provost_domain::{ApiError, User, audit::Resource};
use provost_store::{Conflict, preferences::MailPreferences};

use crate::{Change, Op, OperationError};

/// Stops broadcasts to a user, or starts them again, at the request of the user. Returns no change
/// if that is so already.
///
/// # Errors
/// `NOT_FOUND` while the account is being erased.
pub fn set_subscription(
    op: &Op<'_>,
    user: &User,
    before: &MailPreferences,
    subscribed: bool,
) -> Result<Option<Change<MailPreferences>>, OperationError> {
    if before.unsubscribed_at.is_none() == subscribed {
        return Ok(None);
    }
    let op = op.by_owner(user);
    let after = MailPreferences { unsubscribed_at: (!subscribed).then_some(op.now) };
    let action = if subscribed { "mail.subscribed" } else { "mail.unsubscribed" };
    let mut tx = op.transaction();
    tx.save_mail_preferences(user.user_id, &after)?;
    tx.audit(op.entry(action, Resource::User(user.subject())))?;
    Ok(Some(Change::new(tx, after).refused_on(Conflict::Recipient, ApiError::missing("account"))))
}

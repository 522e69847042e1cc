use provost_domain::{ApiError, UserId, notification::Notification};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Marks a notification of a user as read or unread. Returns no change if it is.
///
/// # Errors
/// `NOT_FOUND` when it has been removed in the meantime.
pub fn mark(
    op: &Op<'_>,
    user: UserId,
    notification: &Notification,
    read: bool,
) -> Result<Option<Change<Notification>>, OperationError> {
    let Some(after) = notification.clone().mark(read, op.now) else { return Ok(None) };
    let mut tx = op.transaction();
    if read {
        tx.mark_read(user, after.id, op.now)?;
    } else {
        tx.mark_unread(user, after.id)?;
    }
    let gone = ApiError::missing("notification");
    Ok(Some(Change::new(tx, after).refused_on(Conflict::Notification, gone)))
}

use provost_domain::{Timestamp, UserId};

use super::{Lift, lift_suspension};
use crate::{Change, Op, OperationError};

/// Lifts a suspension whose time is over, which has no effect any more, and removes its `planned`
/// end. If staff lifted or extended it, only the planned end is removed. Returns no change for an
/// account whose status only a later release knows.
///
/// # Errors
/// The store failed.
pub async fn expire_suspension(
    op: &Op<'_>,
    user: UserId,
    planned: Timestamp,
) -> Result<Option<Change<()>>, OperationError> {
    let account = op.app.store().user(user).await?;
    let ended = account.filter(|account| account.suspension_over(op.now));
    if ended.as_ref().is_some_and(|account| !account.standing().is_known()) {
        return Ok(None);
    }
    let op = Op { reason: Some("The suspension expired.".to_owned()), ..op.clone() };
    let mut change = match ended
        .map(|account| lift_suspension(&op, &account, Lift { notify: false, to: None }))
    {
        Some(Ok(lifted)) => lifted.map(drop),
        Some(Err(OperationError::Refused(_))) | None => Change::new(op.transaction(), ()),
        Some(Err(error)) => return Err(error),
    };
    change.tx.end_is_past(user, planned)?;
    Ok(Some(change))
}

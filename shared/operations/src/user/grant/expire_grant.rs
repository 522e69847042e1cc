use provost_domain::{GrantId, UserId, staff_record::GrantEnd};
use provost_store::item::Key;

use super::end_grant;
use crate::{Change, Op, OperationError};

/// Ends a grant whose time is over; granted storage is removed from the quota. `planned` is the
/// scheduled end. If the grant was revoked, or removed with its user, only the scheduled end is
/// removed. Returns no change for a grant whose benefit only a later release knows.
///
/// # Errors
/// The store failed.
pub async fn expire_grant(
    op: &Op<'_>,
    planned: &Key,
    user: UserId,
    id: GrantId,
) -> Result<Option<Change<()>>, OperationError> {
    let store = op.app.store();
    let owner = store.user(user).await?;
    let found = store.grant(user, id).await?;
    if found.as_ref().is_some_and(|grant| !grant.r#type.is_known()) {
        return Ok(None);
    }
    if let (Some(owner), Some(grant)) = (owner, found)
        && grant.is_live()
    {
        let change = end_grant(op, &owner, grant, GrantEnd::Expired)?;
        return Ok(Some(change.map(|_| ())));
    }
    let mut tx = op.transaction();
    tx.drop_grant_end(planned)?;
    Ok(Some(Change::new(tx, ())))
}

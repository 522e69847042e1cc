use provost_domain::{
    DeletionId, Pseudonym, User,
    deletion::{DeletionRequest, NewDeletion},
    message::Message,
    organisation::check_not_sole_owner,
    user::PendingDeletion,
};

use super::close_account;
use crate::{Change, Op, OperationError};

/// Erases an account without a grace period. Only a root administrator can cancel it, until the
/// erasure begins. `by` is the pseudonym of the staff member.
///
/// # Errors
/// `LEGAL_HOLD`, `INVALID_ACTION` when a deletion is pending, `SOLE_OWNER`, `LAST_SUPERADMIN`.
pub async fn purge_account(
    op: &Op<'_>,
    account: &User,
    by: Pseudonym,
) -> Result<Change<DeletionRequest>, OperationError> {
    let store = op.app.store();
    // A hold that an older version stored on the request applies to the account.
    let waiting = store.pending_deletion(account).await?;
    account.clone().with_hold_of(waiting.as_ref()).check_not_held()?;
    let id = op.app.id(DeletionId::new);
    let pending = PendingDeletion { id, due_at: op.now, before: account.status, executing: false };
    let closed = account.clone().delete(pending, None, op.now)?;
    check_not_sole_owner(&store.owned_with_others(account.user_id).await?)?;
    let new = NewDeletion {
        id,
        user: account.user_id,
        pseudonym: account.pseudonym,
        requested_by: by.to_string(),
        reason: op.reason.clone(),
        due_at: op.now,
        // Not an error, since only the operator can resolve it: the request starts as blocked, and
        // continues by itself.
        blocked: op.app.unpaid_subscription(account.user_id).await?,
    };
    let request = DeletionRequest::new(new, op.now).as_purge();

    let mut tx = close_account(op, account, &closed, &request, op.account).await?;
    op.app.send(&mut tx, Message::Deletion { request: request.id })?;
    Ok(Change::new(tx, request))
}

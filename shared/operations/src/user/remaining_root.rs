use provost_domain::{ApiError, Code, Timestamp, User};
use provost_store::Transaction;

use crate::OperationError;

/// Requires that another root administrator who can act remains after a change of this account.
/// Part of every operation that may suspend, demote or delete a root administrator.
///
/// # Errors
/// `LAST_SUPERADMIN`, or the store failed.
pub async fn require_remaining_root(
    tx: &mut Transaction,
    before: &User,
    after: &User,
    actor: Option<&User>,
) -> Result<(), OperationError> {
    or_last(tx.keep_root(before, after, actor).await?)
}

/// The same for a change after which this root administrator must set a new password before
/// signing in.
///
/// # Errors
/// `LAST_SUPERADMIN`, or the store failed.
pub async fn require_remaining_root_besides(
    tx: &mut Transaction,
    locked_out: &User,
    actor: Option<&User>,
    now: Timestamp,
) -> Result<(), OperationError> {
    or_last(tx.keep_root_besides(locked_out, actor, now).await?)
}

fn or_last(is_kept: bool) -> Result<(), OperationError> {
    if is_kept {
        return Ok(());
    }
    Err(ApiError::new(
        Code::LastSuperadmin,
        "No other root administrator can sign in. Give another user the root administrator role first.",
    )
    .into())
}

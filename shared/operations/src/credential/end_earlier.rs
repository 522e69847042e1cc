use provost_domain::{
    User,
    audit::{Changes, note_change},
};
use provost_store::Transaction;

use crate::{Op, OperationError};

/// Ends the credentials of an account that is confirmed for the first time: somebody else may have
/// registered it. Removes the second factor and the SSH keys, and records all that ended.
pub(crate) async fn end_earlier(
    op: &Op<'_>,
    tx: &mut Transaction,
    before: &User,
    after: &User,
    changes: &mut Changes,
) -> Result<(), OperationError> {
    let (store, user) = (op.app.store(), before.user_id);
    note_ended(changes, before, after);
    if before.two_factor_enabled
        && let Some(factor) = store.second_factor(user).await?
    {
        tx.remove_second_factor(user, &factor)?;
    }
    let keys = store.ssh_keys(user).await?;
    tx.remove_ssh_keys(user, &keys)?;
    note_change(changes, "sshKeys", &keys.len(), &0);
    Ok(())
}

/// Records which credentials of the account have ended.
pub(crate) fn note_ended(changes: &mut Changes, before: &User, after: &User) {
    note_change(changes, "sessions", &before.sessions.len(), &after.sessions.len());
    note_change(changes, "apiKeys", &before.api_keys.len(), &after.api_keys.len());
    note_change(changes, "twoFactorEnabled", &before.two_factor_enabled, &after.two_factor_enabled);
}

//! An account that is confirmed for the first time may have been created by someone else.
//! Credentials that they left in it are revoked.

use provost_domain::{
    Principal,
    audit::{Changes, note_change},
};
use provost_http::{HandlerResult, PublicGrant, RequestContext};
use provost_store::Transaction;

/// Removes the second factor and the SSH keys, and records the removals.
pub async fn end_what_was_before(
    ctx: &RequestContext<PublicGrant>,
    tx: &mut Transaction,
    (before, after): (&Principal, &Principal),
    changes: &mut Changes,
) -> HandlerResult<()> {
    let (store, user) = (ctx.app.store(), before.user_id);
    note(changes, before, after);
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

/// Records which credentials of the account were revoked.
pub fn note(changes: &mut Changes, before: &Principal, after: &Principal) {
    note_change(changes, "sessions", &before.sessions.len(), &after.sessions.len());
    note_change(changes, "apiKeys", &before.api_keys.len(), &after.api_keys.len());
    note_change(changes, "twoFactorEnabled", &before.two_factor_enabled, &after.two_factor_enabled);
}

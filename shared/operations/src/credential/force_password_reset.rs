use provost_domain::{
    User,
    audit::{Resource, note_change},
    mail::Template,
};
use provost_store::credentials::Credential;

use crate::{Change, Op, OperationError, user::require_remaining_root_besides};

/// What a forced password reset revoked.
#[derive(Debug, Clone, Copy)]
pub struct ForcedReset {
    /// Number of sessions.
    pub sessions: usize,
    /// Number of API keys.
    pub api_keys: usize,
}

/// Revokes the sessions, API keys and password of a user, for a password that others may know.
/// `mail` is whether the user is sent a link to choose a new one; only the recipient of that email
/// sees it.
///
/// # Errors
/// `INVALID_ACTION` for an account that is scheduled for deletion, `LAST_SUPERADMIN`.
pub async fn force_password_reset(
    op: &Op<'_>,
    before: &User,
    mail: bool,
) -> Result<Change<ForcedReset>, OperationError> {
    before.check_not_scheduled_for_deletion()?;
    let reset = ForcedReset { sessions: before.sessions.len(), api_keys: before.api_keys.len() };
    let mut after = before.clone();
    after.end_credentials();
    let credential = op.app.store().credential(after.user_id).await?;

    let mut entry = op.entry("user.password_reset_forced", Resource::User(before.subject()));
    note_change(&mut entry.changes, "sessions", &reset.sessions, &0);
    note_change(&mut entry.changes, "apiKeys", &reset.api_keys, &0);
    let mut tx = op.transaction();
    require_remaining_root_besides(&mut tx, before, op.account, op.now).await?;
    // The condition on the account guards the credential too: a password that is chosen at the same
    // time is not marked.
    tx.save_user(&after)?;
    if let Some(credential) = credential {
        tx.save_credential(after.user_id, &Credential { must_reset: true, ..credential })?;
    }
    tx.audit(entry)?;
    if mail {
        op.mail(&mut tx, after.user_id, Template::PasswordResetForced, None)?;
    }
    Ok(Change::new(tx, reset))
}

use provost_domain::{
    ApiError, Code, User,
    audit::{Resource, note_change},
    notification::NotificationKind,
    oauth::{OauthIdentity, OauthProvider},
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Links an account at another provider to a user. Returns no change if it is linked.
///
/// # Errors
/// `INVALID_ACTION` for an account that is scheduled for deletion; `ALREADY_EXISTS` with `field` when
/// it is linked to another user, or another account of the provider is linked and must not be
/// replaced.
pub fn link_oauth(
    op: &Op<'_>,
    before: &User,
    identity: OauthIdentity,
    replace: bool,
) -> Result<Option<Change<User>>, OperationError> {
    before.check_not_scheduled_for_deletion()?;
    let (provider, id) = (identity.provider, identity.provider_user_id.clone());
    if before.oauth_identity(provider).is_some_and(|known| known.provider_user_id == id) {
        return Ok(None);
    }
    let mut after = before.clone().changed(op.now);
    let earlier = after.link_oauth(identity, replace)?;
    let earlier = earlier.map(|identity| identity.provider_user_id);

    let mut entry = op.entry("user.oauth_linked", Resource::User(before.subject()));
    note_change(&mut entry.changes, "oauth.provider", &None, &Some(provider));
    note_change(&mut entry.changes, "oauth.providerUserId", &earlier, &Some(id.clone()));
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    tx.move_oauth(after.user_id, provider, earlier.as_deref(), Some(&id))?;
    tx.audit(entry)?;
    op.notify(
        &mut tx,
        after.user_id,
        NotificationKind::Security,
        "Another account has been linked to yours",
        "Support linked an account of another provider to yours. If you did not request this, contact support right away.",
    )?;
    Ok(Some(Change::new(tx, after).refused_on(Conflict::OauthIdentity, in_use())))
}

/// Removes the link to an account at another provider.
///
/// # Errors
/// `NOT_FOUND` when it is not linked; `INVALID_ACTION` when the user could not sign in any more, or
/// the account is scheduled for deletion.
pub async fn unlink_oauth(
    op: &Op<'_>,
    before: &User,
    provider: OauthProvider,
    id: Option<&str>,
) -> Result<Change<User>, OperationError> {
    before.check_not_scheduled_for_deletion()?;
    let credential = op.app.store().credential(before.user_id).await?;
    let has_password = credential.is_some_and(|credential| !credential.must_reset);
    let mut after = before.clone().changed(op.now);
    let removed = after.unlink_oauth(provider, id, has_password)?;

    let mut entry = op.entry("user.oauth_unlinked", Resource::User(before.subject()));
    note_change(&mut entry.changes, "oauth.provider", &Some(provider), &None);
    note_change(
        &mut entry.changes,
        "oauth.providerUserId",
        &Some(&removed.provider_user_id),
        &None,
    );
    let mut tx = op.transaction();
    tx.save_user(&after)?;
    tx.move_oauth(after.user_id, provider, Some(&removed.provider_user_id), None)?;
    tx.audit(entry)?;
    op.notify(
        &mut tx,
        after.user_id,
        NotificationKind::Security,
        "A linked account has been removed",
        "Support removed the link between your account and an account of another provider. If you did not request this, contact support right away.",
    )?;
    Ok(Change::new(tx, after))
}

/// The error for an account at another provider that is linked to another user.
fn in_use() -> ApiError {
    ApiError::new(
        Code::AlreadyExists,
        "This account of the provider is linked to another user. Unlink it there first.",
    )
    .with("field", "providerUserId")
}

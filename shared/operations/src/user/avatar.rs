use provost_app::App;
use provost_domain::{
    FileId, UserId,
    account_edit::Account,
    audit::{Resource, note_change},
    file,
    profile::Profile,
};

use crate::{Change, Op, OperationError};

/// A changed avatar.
#[derive(Debug, Clone)]
pub struct ChangedAvatar {
    /// Object key of the new avatar; none if it was removed.
    pub key: Option<String>,
    /// Object key of the previous avatar, to discard once the change is written.
    pub replaced: Option<String>,
}

/// Object key of an avatar. Each upload has its own key, so the old avatar remains until the new
/// one takes effect.
fn object_key(user: UserId, id: FileId) -> String {
    format!("{}avatar/{id}.png", file::prefix(user))
}

/// Stores an image as the avatar of a user. If the change is certainly not written, the new avatar
/// is to be discarded, otherwise the replaced one.
///
/// # Errors
/// `INVALID_ACTION` for an account that is scheduled for deletion.
pub async fn set_avatar(
    op: &Op<'_>,
    before: &Account,
    image: Vec<u8>,
    media_type: &str,
) -> Result<Change<ChangedAvatar>, OperationError> {
    before.user.check_not_scheduled_for_deletion()?;
    let store = op.app.store();
    let key = object_key(before.user.user_id, op.app.id(FileId::new));
    // The avatar is uploaded before the account refers to it.
    store.put_object(&store.names().files, &key, media_type, image.into()).await?;
    change(op, before, Some(key))
}

/// Removes the avatar of a user. Returns no change if there is none.
///
/// # Errors
/// `INVALID_ACTION` for an account that is scheduled for deletion.
pub fn remove_avatar(
    op: &Op<'_>,
    before: &Account,
) -> Result<Option<Change<ChangedAvatar>>, OperationError> {
    before.user.check_not_scheduled_for_deletion()?;
    if before.profile.avatar_key.is_none() {
        return Ok(None);
    }
    change(op, before, None).map(Some)
}

fn change(
    op: &Op<'_>,
    before: &Account,
    key: Option<String>,
) -> Result<Change<ChangedAvatar>, OperationError> {
    let Account { user, profile } = before.clone();
    let replaced = profile.avatar_key.clone();
    let profile = Profile { avatar_key: key.clone(), ..profile };
    let mut entry = op.entry("user.avatar_changed", Resource::User(user.subject()));
    note_change(&mut entry.changes, "avatarKey", &replaced, &key);
    let mut tx = op.transaction();
    tx.save_user(&user.changed(op.now))?;
    tx.save_profile(before.user.user_id, &profile)?;
    tx.audit(entry)?;
    Ok(Change::new(tx, ChangedAvatar { key, replaced }))
}

/// Deletes an avatar that is not in use. If it cannot be deleted now, it remains in the user's
/// folder, which an erasure empties. It is not shown meanwhile.
pub async fn discard_avatar(app: &App, key: Option<String>) {
    let Some(key) = key else { return };
    if let Err(error) = app.store().delete_object(&app.store().names().files, &key).await {
        tracing::warn!(cause = %error, "an old avatar could not be removed");
    }
}

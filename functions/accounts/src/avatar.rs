//! An account's avatar: where it is stored, how it is shown, and which account it belongs to.

use provost_app::App;
use provost_domain::{
    Principal, Timestamp, UserId,
    audit::{Resource, note_change},
    file,
    profile::Profile,
};
use provost_http::{AccountGrant, HandlerResult, RequestContext, reply::IntoReply, users};
use provost_store::StoreError;

use crate::{update::check_not_leaving, view::UserView};

/// Object key of an avatar. Each upload has its own key, so the old avatar remains until the new
/// one takes effect.
pub fn object_key(user: UserId, name: impl std::fmt::Display) -> String {
    format!("{}avatar/{name}.png", file::prefix(user))
}

/// Adds a URL of the avatar, valid for one minute, to the view of an account that has one.
pub async fn show(app: &App, view: &mut UserView, profile: &Profile) -> Result<(), StoreError> {
    if let Some(url) = users::picture(app, profile).await? {
        view.details.avatar_url = Some(url);
    }
    Ok(())
}

/// The account to change, with its profile.
pub async fn account(ctx: &RequestContext<AccountGrant>) -> HandlerResult<(Principal, Profile)> {
    let profile = ctx.app.store().profile(ctx.target.user_id).await?;
    ctx.check_version(ctx.target.version)?;
    check_not_leaving(&ctx.target)?;
    Ok((ctx.target.clone(), profile))
}

/// Saves the account's current avatar.
pub async fn save<R: IntoReply>(
    ctx: &RequestContext<AccountGrant>,
    principal: Principal,
    profile: &Profile,
    before: Option<&String>,
    reason: Option<String>,
    now: Timestamp,
    answer: &R,
) -> HandlerResult<()> {
    let mut entry = ctx.entry("user.picture_changed", Resource::User(principal.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "avatarKey", &before, &profile.avatar_key.as_ref());
    let mut tx = ctx.app.transaction();
    tx.save_principal(&principal.changed(now))?;
    tx.save_profile(ctx.target.user_id, profile)?;
    tx.audit(entry)?;
    ctx.commit(tx, answer).await
}

/// Deletes an avatar that is no longer in use. If it cannot be deleted now, it remains in the
/// user's folder, which an erasure empties. It is not shown meanwhile.
pub async fn forget(app: &App, key: Option<String>) {
    let Some(key) = key else { return };
    if let Err(error) = app.store().delete_object(&app.store().names().files, &key).await {
        tracing::warn!(cause = %error, "an old picture could not be removed");
    }
}

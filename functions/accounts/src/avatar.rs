//! An account's picture: where it is kept, how it is shown, and whose account it is that gets one.

use provost_app::App;
use provost_domain::{
    Principal, Timestamp, UserId,
    audit::{Resource, note_change},
    file,
    profile::Profile,
};
use provost_http::{AccountGrant, Answer, Call, reply::Responds, users};
use provost_store::StoreError;

use crate::{update::check_not_leaving, view::UserView};

/// Where a picture stands. Each upload has a place of its own, so that the old picture is there until the new one counts.
pub fn object_key(user: UserId, name: impl std::fmt::Display) -> String {
    format!("{}avatar/{name}.png", file::prefix(user))
}

/// Puts a URL of the picture that works for a minute into the view of an account that has one.
pub async fn show(app: &App, view: &mut UserView, profile: &Profile) -> Result<(), StoreError> {
    if let Some(url) = users::picture(app, profile).await? {
        view.details.avatar_url = Some(url);
    }
    Ok(())
}

/// The account that is to be changed, with its profile.
pub async fn account(call: &Call<AccountGrant>) -> Answer<(Principal, Profile)> {
    let profile = call.app.store().profile(call.target.user_id).await?;
    call.check_version(call.target.version)?;
    check_not_leaving(&call.target)?;
    Ok((call.target.clone(), profile))
}

/// Writes which picture counts from now on.
pub async fn save<R: Responds>(
    call: &Call<AccountGrant>,
    principal: Principal,
    profile: &Profile,
    before: Option<&String>,
    reason: Option<String>,
    now: Timestamp,
    answer: &R,
) -> Answer<()> {
    let mut entry = call.entry("user.picture_changed", Resource::User(principal.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "avatarKey", &before, &profile.avatar_key.as_ref());
    let mut tx = call.app.transaction();
    tx.save_principal(&principal.changed(now))?;
    tx.save_profile(call.target.user_id, profile)?;
    tx.audit(entry)?;
    call.commit(tx, answer).await
}

/// Removes a picture that no longer counts. One that cannot be removed now stays in its owner's folder, which an erasure empties; nobody sees it meanwhile.
pub async fn forget(app: &App, key: Option<String>) {
    let Some(key) = key else { return };
    if let Err(error) = app.store().delete_object(&app.store().names().files, &key).await {
        tracing::warn!(cause = %error, "an old picture could not be removed");
    }
}

//! An account's picture: where it is kept, how it is shown, and whose account it is that gets one.

use provost_app::App;
use provost_domain::{
    Principal, Refused, Timestamp, UserId,
    account::check_standing,
    audit::{Resource, note_change},
    file,
    profile::Profile,
};
use provost_http::{Answer, Call, OwnGrant, reply::Responds, users};
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

/// The account that is to be changed, which a member of staff may do for those who do not stand above them.
pub async fn account(call: &Call<OwnGrant>) -> Answer<(Principal, Profile)> {
    let (principal, profile) = if call.own {
        (call.caller.principal.clone(), call.app.store().profile(call.user).await?)
    } else {
        let found = call.app.store().principal_and_profile(call.user).await?.ok_or_else(Refused::no_such_user)?;
        check_standing(call.caller.acting(), &found.0)?;
        found
    };
    call.check_version(principal.version)?;
    check_not_leaving(&principal)?;
    Ok((principal, profile))
}

/// Writes which picture counts from now on.
pub async fn save<R: Responds>(
    call: &Call<OwnGrant>,
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
    tx.save_profile(call.user, profile)?;
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

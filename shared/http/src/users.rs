//! User references in paths: an id, or a contact as in `email:ada@example.org`, `username:ada`,
//! `unique_id:A1B2`.

use provost_app::App;
use provost_domain::{ApiError, Principal, UserId, profile::Profile};
use provost_store::StoreError;

use crate::{access::StaffGrant, problem::HandlerError, request_context::RequestContext};

/// Whether a reference in a path means this user: `me`, the id, or one of their contacts. Reads no
/// table, so it reveals nothing about other users.
pub fn is_named(person: &Principal, name: &str) -> bool {
    match name.split_once(':') {
        Some(("email", email)) => {
            email.parse().is_ok_and(|email: provost_domain::Email| email == person.email)
        }
        Some(("username", username)) => {
            username.parse().is_ok_and(|username| Some(username) == person.username)
        }
        Some(("unique_id", unique_id)) => unique_id.eq_ignore_ascii_case(&person.unique_id),
        _ => name == "me" || name.parse().is_ok_and(|id: UserId| id == person.user_id),
    }
}

/// The user id of a reference; `None` if no user matches.
///
/// # Errors
/// If the store is not available.
pub async fn resolve(app: &App, name: &str) -> Result<Option<UserId>, HandlerError> {
    if let Ok(user) = name.parse() {
        return Ok(Some(user));
    }
    let store = app.store();
    Ok(match name.split_once(':') {
        Some(("email", email)) => match email.parse() {
            Ok(email) => store.owner_of_email(&email).await?,
            Err(_) => None,
        },
        Some(("username", username)) => match username.parse() {
            Ok(username) => store.owner_of_username(&username).await?,
            Err(_) => None,
        },
        Some(("unique_id", unique_id)) if !unique_id.is_empty() && unique_id.len() <= 64 => {
            store.owner_of_unique_id(unique_id).await?
        }
        _ => None,
    })
}

/// The user of a reference.
///
/// # Errors
/// `INVALID_USER_ID` if there is none.
pub async fn find(app: &App, name: &str) -> Result<Principal, HandlerError> {
    let user = resolve(app, name).await?.ok_or_else(ApiError::no_such_user)?;
    Ok(app.store().principal(user).await?.ok_or_else(ApiError::no_such_user)?)
}

/// The user id in the path's `{id}`, for staff routes that need only the id; whether the user
/// exists is not checked.
///
/// # Errors
/// `INVALID_USER_ID` if it names no user.
pub async fn named_id(ctx: &RequestContext<StaffGrant>) -> Result<UserId, HandlerError> {
    let name = ctx.param("id");
    if name == "me" {
        return Ok(ctx.caller.principal.user_id);
    }
    Ok(resolve(&ctx.app, name).await?.ok_or_else(ApiError::no_such_user)?)
}

/// A URL of a user's avatar, valid for one minute; none if they have no avatar.
///
/// # Errors
/// If the bucket is not available.
pub async fn picture(app: &App, profile: &Profile) -> Result<Option<String>, StoreError> {
    let Some(key) = &profile.avatar_key else { return Ok(None) };
    app.store().presign_picture(&app.store().names().files, key).await.map(Some)
}

/// The user in the path's `{id}`, for read-only staff routes: `me` is the caller.
///
/// # Errors
/// `INVALID_USER_ID` if there is none.
pub async fn named(ctx: &RequestContext<StaffGrant>) -> Result<Principal, HandlerError> {
    let name = ctx.param("id");
    if name == "me" || name.parse() == Ok(ctx.caller.principal.user_id) {
        return Ok(ctx.caller.principal.clone());
    }
    find(&ctx.app, name).await
}

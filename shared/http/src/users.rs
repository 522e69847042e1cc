//! How a path names a person: by id, or by a contact as in `email:ada@example.org`, `username:ada`, `unique_id:A1B2`.

use provost_app::App;
use provost_domain::{Principal, Refused, UserId, profile::Profile};
use provost_store::StoreError;

use crate::{access::Staff, call::Call, problem::Problem};

/// Whether a path's name means this person: `me`, the id, or one of their contacts. Asks no table, so it tells nothing about anyone else.
pub fn is_named(person: &Principal, name: &str) -> bool {
    match name.split_once(':') {
        Some(("email", email)) => email.parse().is_ok_and(|email: provost_domain::Email| email == person.email),
        Some(("username", username)) => username.parse().is_ok_and(|username| Some(username) == person.username),
        Some(("unique_id", unique_id)) => unique_id.eq_ignore_ascii_case(&person.unique_id),
        _ => name == "me" || name.parse().is_ok_and(|id: UserId| id == person.user_id),
    }
}

/// The id behind a name; nothing when nobody has it.
///
/// # Errors
/// When the store is out of reach.
pub async fn resolve(app: &App, name: &str) -> Result<Option<UserId>, Problem> {
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
        Some(("unique_id", unique_id)) if !unique_id.is_empty() && unique_id.len() <= 64 => store.owner_of_unique_id(unique_id).await?,
        _ => None,
    })
}

/// The person behind a name.
///
/// # Errors
/// `INVALID_USER_ID` when there is none.
pub async fn find(app: &App, name: &str) -> Result<Principal, Problem> {
    let user = resolve(app, name).await?.ok_or_else(Refused::no_such_user)?;
    Ok(app.store().principal(user).await?.ok_or_else(Refused::no_such_user)?)
}

/// The id that the path's `{id}` names, for staff who need no more than that; whether somebody has it is not looked up.
///
/// # Errors
/// `INVALID_USER_ID` when it names nobody.
pub async fn named_id(call: &Call<Staff>) -> Result<UserId, Problem> {
    let name = call.param("id");
    if name == "me" {
        return Ok(call.caller.principal.user_id);
    }
    Ok(resolve(&call.app, name).await?.ok_or_else(Refused::no_such_user)?)
}

/// A URL of somebody's own picture that works for a minute; nothing when they uploaded none.
///
/// # Errors
/// When the bucket is out of reach.
pub async fn picture(app: &App, profile: &Profile) -> Result<Option<String>, StoreError> {
    let Some(key) = &profile.avatar_key else { return Ok(None) };
    app.store().presign_picture(&app.store().names().files, key).await.map(Some)
}

/// The person whom the path's `{id}` names, for staff who only look: `me` is the caller.
///
/// # Errors
/// `INVALID_USER_ID` when there is none.
pub async fn named(call: &Call<Staff>) -> Result<Principal, Problem> {
    let name = call.param("id");
    if name == "me" || name.parse() == Ok(call.caller.principal.user_id) {
        return Ok(call.caller.principal.clone());
    }
    find(&call.app, name).await
}

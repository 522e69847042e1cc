//! References to users in paths: an id, or a contact as in `email:ada@example.org`,
//! `username:ada`, `unique_id:A1B2`, `external_id:77`.

use provost_app::App;
use provost_domain::{ApiError, User, UserId, external_id::MAX_LENGTH};

use crate::problem::HandlerError;

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
        Some(("external_id", external_id))
            if (1..=MAX_LENGTH).contains(&external_id.chars().count()) =>
        {
            store.owner_of_external_id(external_id).await?
        }
        _ => None,
    })
}

/// The user of a reference.
///
/// # Errors
/// `INVALID_USER_ID` if there is none.
pub async fn find(app: &App, name: &str) -> Result<User, HandlerError> {
    let user = resolve(app, name).await?.ok_or_else(ApiError::no_such_user)?;
    Ok(app.store().user(user).await?.ok_or_else(ApiError::no_such_user)?)
}

//! How a path names a person: by id, or by a contact as in `email:ada@example.org`, `username:ada`, `unique_id:A1B2`.

use provost_app::App;
use provost_domain::{Principal, Refused, UserId};

use crate::problem::Problem;

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

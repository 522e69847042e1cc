//! `provost mail lift EMAIL`: sends email again to an address that is suppressed after a bounce or
//! a spam report.

use provost_app::App;
use provost_domain::Email;
use provost_operations::{OperationError, mail::lift_suppression};
use provost_store::{Conflict, StoreError};

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
    promote::op,
};

/// Lifts the suppression and prints the result.
///
/// # Errors
/// When the store is not available.
pub async fn run(surroundings: &Environment, email: &Email) -> Result<(), Failed> {
    let platform = Platform::reach(surroundings).await?;
    let outcome = lift(&platform.app, email).await;
    platform.leave().await;
    operator::notify(&outcome?)
}

/// Removes the suppression of an address. Returns a text that says what changed.
///
/// # Errors
/// When the store is not available.
pub async fn lift(app: &App, email: &Email) -> Result<String, Failed> {
    let store = app.store();
    let owner = match store.owner_of_email(email).await? {
        Some(user) => store.user(user).await?,
        None => None,
    };
    match lift_suppression(&op(app), email, owner.as_ref())?.commit().await {
        Ok(()) => Ok("Email is sent to this address again.".to_owned()),
        Err(OperationError::Store(StoreError::Conflict(Conflict::AddressRecord))) => {
            Ok("No email to this address came back; nothing changed.".to_owned())
        }
        Err(error) => Err(error.into()),
    }
}

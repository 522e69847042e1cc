//! `provost mail lift EMAIL`: sends email again to an address that is suppressed after a bounce or
//! a spam report.

use provost_app::App;
use provost_domain::{
    Email,
    audit::{Changes, Resource},
};
use provost_store::{Conflict, organisation_invites::address_key};

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
    promote::entry,
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
    let owner = match app.store().owner_of_email(email).await? {
        Some(user) => app.store().principal(user).await?,
        None => None,
    };
    // Without an account, the log names the address only by its digest.
    let resource = match &owner {
        Some(owner) => Resource::User(owner.subject()),
        None => Resource::Other { kind: "address", id: address_key(email) },
    };
    let mut tx = app.transaction();
    tx.forget_address_record(email.as_str())?;
    tx.audit(entry(app, "mail.suppression_lifted", resource, Changes::new()))?;
    match tx.commit().await {
        Ok(()) => Ok("Email is sent to this address again.".to_owned()),
        Err(error) if error.conflict() == Some(Conflict::AddressRecord) => {
            Ok("No email to this address came back; nothing changed.".to_owned())
        }
        Err(error) => Err(error.into()),
    }
}

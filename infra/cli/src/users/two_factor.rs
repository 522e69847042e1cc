//! `provost two-factor-off EMAIL`: turns off two-factor authentication for a user who lost the
//! device and the recovery codes. The operator must verify the user's identity by other means
//! first.

use provost_app::App;
use provost_domain::Email;
use provost_operations::{OperationError, user::turn_off_two_factor};

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
    promote::{ATTEMPTS, op},
};

/// Turns two-factor authentication off, and prints the result.
///
/// # Errors
/// When no user has the address, or the store is not available.
pub async fn run(surroundings: &Environment, email: &Email) -> Result<(), Failed> {
    let platform = Platform::reach(surroundings).await?;
    let outcome = turn_off(&platform.app, email).await;
    platform.leave().await;
    operator::notify(&outcome?)
}

/// Turns off two-factor authentication for a user and ends the user's sessions. Returns a text that
/// says what changed.
///
/// # Errors
/// When no user has the address.
pub async fn turn_off(app: &App, email: &Email) -> Result<String, Failed> {
    for _ in 0..ATTEMPTS {
        let nobody = || Failed::new("no user has this email address");
        let user = app.store().owner_of_email(email).await?.ok_or_else(nobody)?;
        let before = app.store().user(user).await?.ok_or_else(nobody)?;
        let Some(change) = turn_off_two_factor(&op(app), &before).await? else {
            return Ok(format!("{user} does not use two-factor authentication. Nothing changed."));
        };
        match change.commit().await {
            Ok(_) => {
                return Ok(format!(
                    "Two-factor authentication is now off for {user}, and all sessions have been signed out."
                ));
            }
            Err(OperationError::Collision) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failed::new("someone else is changing this account. Try again in a moment."))
}

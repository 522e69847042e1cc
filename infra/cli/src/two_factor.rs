//! `provost two-factor-off EMAIL`: turns off two-factor authentication for a user who lost the
//! device and the recovery codes. The operator must verify the user's identity by other means
//! first.

use provost_app::App;
use provost_domain::{
    Email, NotificationId,
    audit::{Changes, Resource, note_change},
    notification::{Notification, NotificationKind},
};
use provost_store::Conflict;

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
    promote::{ATTEMPTS, entry},
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
        let mut principal = app.store().principal(user).await?.ok_or_else(nobody)?;
        if !principal.two_factor_enabled {
            return Ok(format!("{user} does not use two-factor authentication. Nothing changed."));
        }
        let factor = app.store().second_factor(user).await?;
        principal.two_factor_enabled = false;
        // Also ends the sessions of an attacker who turned it on with a stolen session.
        principal.sessions.clear();
        let principal = principal.changed(app.now());
        let mut tx = app.transaction();
        tx.save_principal(&principal)?;
        if let Some(factor) = factor {
            tx.remove_second_factor(user, &factor)?;
        }
        tx.notify(
            user,
            &Notification::new(
                app.id(NotificationId::new),
                NotificationKind::Security,
                "Two-factor authentication is off",
                "Support turned it off, so your password alone is now enough to sign in. If you did not request this, change your password and reply to the last email.",
                app.now(),
            ),
        )?;
        let mut changes = Changes::new();
        note_change(&mut changes, "twoFactorEnabled", &true, &false);
        tx.audit(entry(app, "two_factor.disabled", Resource::User(principal.subject()), changes))?;
        match tx.commit().await {
            Ok(()) => {
                return Ok(format!(
                    "Two-factor authentication is now off for {user}, and all sessions have been signed out."
                ));
            }
            Err(error)
                if matches!(
                    error.conflict(),
                    Some(Conflict::Revision | Conflict::SecondFactor)
                ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failed::new("someone else is changing this account. Try again in a moment."))
}

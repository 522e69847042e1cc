//! `provost promote EMAIL [ROLE]`: assigns a built-in role from the command line, for the first
//! root administrator of a deployment.

use provost_app::App;
use provost_domain::{
    BuiltInRole, Email, RequestId,
    audit::{Actor, Origin},
};
use provost_operations::{Op, OperationError, user::change_role};

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
};

/// Maximum number of attempts of a change that collides with another.
pub(crate) const ATTEMPTS: u32 = 4;

/// Promotes a user, and prints the result.
///
/// # Errors
/// When no user has the address, or the store is not available.
pub async fn run(
    surroundings: &Environment,
    email: &Email,
    role: BuiltInRole,
) -> Result<(), Failed> {
    let platform = Platform::reach(surroundings).await?;
    let outcome = promote(&platform.app, email, role).await;
    platform.leave().await;
    operator::notify(&outcome?)
}

/// Gives a user a role, and returns a text that says what changed.
///
/// # Errors
/// When no user has the address, its deletion is pending, or no root administrator would be left.
pub async fn promote(app: &App, email: &Email, role: BuiltInRole) -> Result<String, Failed> {
    for _ in 0..ATTEMPTS {
        let nobody = || {
            Failed::new(
                "no user has this email address. Register it first, at POST /api/users/register.",
            )
        };
        let user = app.store().owner_of_email(email).await?.ok_or_else(nobody)?;
        let before = app.store().user(user).await?.ok_or_else(nobody)?;
        // The operator at the command line has no account, so another root administrator must
        // remain.
        let Some(change) = change_role(&op(app), &before, role).await? else {
            return Ok(format!("{user} is already {}. Nothing changed.", role.as_str()));
        };
        match change.commit().await {
            Ok(_) => {
                return Ok(format!(
                    "{user} was {} and is now {}. This takes effect with the next request.",
                    before.role.as_str(),
                    role.as_str()
                ));
            }
            Err(OperationError::Collision) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failed::new("someone else is changing this account. Try again in a moment."))
}

/// An operation by the operator at the command line.
pub fn op(app: &App) -> Op<'_> {
    Op { app, actor: Actor::Cli, account: None, origin: origin(app), reason: None, now: app.now() }
}

fn origin(app: &App) -> Origin {
    Origin {
        ip: None,
        user_agent: None,
        request_id: app.id(RequestId::new),
        route: "cli".to_owned(),
        api_key: false,
    }
}

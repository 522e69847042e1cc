//! Scans one account by the rules in the settings.

use provost_app::App;
use provost_domain::{Status, User, UserId, fraud::RuleSet};
use provost_jobs::Outcome;
use provost_operations::{
    Op, OperationError,
    fraud::{ScanMode, Scanned, scan_account},
};
use provost_store::{Conflict, StoreError};

/// Maximum number of attempts after a collision with another scan or with a decision.
const ATTEMPTS: u32 = 4;

pub(crate) async fn run(app: &App, user: UserId) -> Outcome {
    match attempt(app, user).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn attempt(app: &App, user: UserId) -> Result<Outcome, StoreError> {
    let rules = app.store().settings().await?.fraud;
    let Some(person) = app.store().user(user).await? else { return Ok(Outcome::AlreadyDone) };
    Ok(if one(app, &person, &rules, ScanMode::default()).await?.is_some() {
        Outcome::Done
    } else {
        Outcome::AlreadyDone
    })
}

/// Stores the sightings of an account for the scans of others, unless it is being deleted.
pub(crate) async fn trace(app: &App, person: &User) -> Result<(), StoreError> {
    if person.status == Status::Deleted {
        return Ok(());
    }
    match app.store().save_sightings(person, app.now()).await {
        Err(error) if error.conflict() == Some(Conflict::Erasing) => Ok(()),
        other => other,
    }
}

/// Scans one account and stores the result. Returns `None` for an account that is being deleted.
pub(crate) async fn one(
    app: &App,
    person: &User,
    rules: &RuleSet,
    mode: ScanMode,
) -> Result<Option<Scanned>, StoreError> {
    if person.status == Status::Deleted {
        return Ok(None);
    }
    let op = Op::system(app, "bulk-worker", app.request_id());
    let mut attempts = 0;
    loop {
        attempts += 1;
        let written = match scan_account(&op, person, rules, mode).await {
            Ok(change) => change.commit().await,
            Err(error) => Err(error),
        };
        match written {
            Ok(scanned) => return Ok(Some(scanned)),
            // Only an account that is being erased is refused.
            Err(OperationError::Refused(_)) => return Ok(None),
            Err(OperationError::Collision) if attempts < ATTEMPTS => {}
            Err(error) => return Err(error.into()),
        }
    }
}

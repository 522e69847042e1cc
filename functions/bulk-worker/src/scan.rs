//! Scans one account by the rules in the settings.

use provost_app::App;
use provost_domain::{
    FraudSweepId, Principal, RequestId, Status, UserId,
    audit::{Actor, Origin},
    fraud::RuleSet,
};
use provost_fraud::{By, Scanned};
use provost_jobs::Outcome;
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
    let Some(person) = app.store().principal(user).await? else { return Ok(Outcome::AlreadyDone) };
    Ok(if one(app, &person, &rules, None, false).await?.is_some() {
        Outcome::Done
    } else {
        Outcome::AlreadyDone
    })
}

/// Stores the sightings of an account for the scans of others, unless it is being deleted.
pub(crate) async fn trace(app: &App, person: &Principal) -> Result<(), StoreError> {
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
    person: &Principal,
    rules: &RuleSet,
    sweep: Option<FraudSweepId>,
    dry: bool,
) -> Result<Option<Scanned>, StoreError> {
    if person.status == Status::Deleted {
        return Ok(None);
    }
    let origin = Origin {
        ip: None,
        user_agent: None,
        request_id: app.id(RequestId::new),
        route: "bulk-worker".to_owned(),
    };
    let by = By { actor: Actor::System("bulk-worker"), origin, sweep };
    let mut attempts = 0;
    loop {
        attempts += 1;
        let written = match provost_fraud::scan(app, person, rules, &by, dry).await {
            Ok((scanned, tx)) => tx.commit().await.map(|()| scanned),
            Err(error) => Err(error),
        };
        match written {
            Ok(scanned) => return Ok(Some(scanned)),
            Err(error) if error.conflict() == Some(Conflict::Erasing) => return Ok(None),
            Err(error)
                if attempts < ATTEMPTS
                    && matches!(
                        error.conflict(),
                        Some(Conflict::FraudAlert | Conflict::OpenFraudAlert)
                    ) => {}
            Err(error) => return Err(error),
        }
    }
}

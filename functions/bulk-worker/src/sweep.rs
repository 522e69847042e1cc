//! Scans all accounts, page by page, in two passes: the first stores the sightings of each account,
//! the second scans it. Progress is saved after each page. If a run is killed in between, the next
//! one repeats the page and counts it once.

use std::time::Duration;

use provost_app::App;
use provost_domain::{
    FraudSweepId, Principal,
    fraud::{Sweep, SweepStatus, sweep::Pass},
    message::Message,
};
use provost_fraud::{Outcome as Found, Scanned};
use provost_jobs::{Deadline, Outcome};
use provost_store::StoreError;
use tracing::{error, info};

use crate::scan;

/// Accounts per page.
pub const PAGE: u32 = 25;
/// With less time left, the run hands over to the next one. A page takes a few seconds.
const ENOUGH: Duration = Duration::from_secs(60);

/// One run of a scan of all accounts, `page` accounts at a time.
pub async fn run(app: &App, job: FraudSweepId, page: u32, deadline: Deadline) -> Outcome {
    match attempt(app, job, page, deadline).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn attempt(
    app: &App,
    job: FraudSweepId,
    page: u32,
    deadline: Deadline,
) -> Result<Outcome, StoreError> {
    let Some(mut sweep) = app.store().claim_sweep(job, app.now()).await? else {
        return Ok(Outcome::AlreadyDone);
    };
    loop {
        take_page(app, &mut sweep, page).await?;
        if !app.store().report_sweep(&sweep).await? {
            info!(job.id = %job, "another run has sweep {job}");
            return Ok(Outcome::AlreadyDone);
        }
        if sweep.status == SweepStatus::Completed {
            info!(job.id = %job, done = sweep.done, raised = sweep.raised, "sweep {job} has looked at every account");
            return Ok(Outcome::Done);
        }
        // Checked after a page and not before it, so that every run makes progress. A new message
        // is sent, so that many pages do not count as many attempts of one message.
        if !deadline.allows(ENOUGH) {
            app.store().enqueue(&Message::FraudSweep { job }, 0).await?;
            return Ok(Outcome::Done);
        }
    }
}

async fn take_page(app: &App, sweep: &mut Sweep, limit: u32) -> Result<(), StoreError> {
    let page = app.store().everybody(sweep.cursor.take(), limit).await?;
    for person in page.people {
        let (user, found) = match person {
            Ok(person) => match sweep.pass {
                Pass::Traces => (person.user_id, scan::trace(app, &person).await),
                Pass::Rules => (person.user_id, scan_person(app, sweep, &person).await),
            },
            Err((user, error)) => (user, Err(error)),
        };
        match found {
            Ok(()) => {}
            // Counted and logged in the pass that applies the rules.
            Err(StoreError::Unreadable { .. }) if sweep.pass == Pass::Traces => {}
            // An account that this version cannot read must not stop the scan of the others.
            Err(cause @ StoreError::Unreadable { .. }) => {
                error!(user.id = %user, job.id = %sweep.id, %cause, "the account {user} could not be scanned");
                sweep.failed += 1;
            }
            Err(error) => return Err(error),
        }
    }
    sweep.report(page.listed, page.next, app.now());
    Ok(())
}

async fn scan_person(app: &App, sweep: &mut Sweep, person: &Principal) -> Result<(), StoreError> {
    if let Some(scanned) =
        scan::one(app, person, &sweep.rules, Some(sweep.id), sweep.dry_run).await?
    {
        let is_new = is_new(&scanned, sweep.id);
        sweep.count(person.pseudonym, scanned.signals.iter().map(|signal| signal.rule), is_new);
    }
    Ok(())
}

/// Whether this scan raised the alert: now, or in an earlier run that was stopped before its
/// report.
fn is_new(scanned: &Scanned, sweep: FraudSweepId) -> bool {
    scanned.outcome == Found::Raised
        || scanned.alert.as_ref().is_some_and(|alert| alert.raised_in == Some(sweep))
}

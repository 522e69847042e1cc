//! Scans all accounts, page by page, in two passes: the first stores the sightings of each account,
//! the second scans it. Progress is saved after each page. If a run is killed in between, the next
//! one repeats the page and counts it once.

use provost_app::App;
use provost_domain::{
    FraudScanId, Timestamp, User,
    fraud::{FullScan, ScanOutcome, full_scan::Pass},
};
use provost_jobs::{Deadline, Outcome, Run, Work, work};
use provost_operations::fraud::{ScanMode, Scanned};
use provost_store::StoreError;
use tracing::{error, info};

use crate::scan;

/// Accounts per page.
pub const PAGE: u32 = 25;

/// One run of a scan of all accounts, `page` accounts at a time.
pub async fn run(app: &App, job: FraudScanId, page: u32, deadline: Deadline) -> Outcome {
    match attempt(app, job, page, deadline).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn attempt(
    app: &App,
    job: FraudScanId,
    page: u32,
    deadline: Deadline,
) -> Result<Outcome, StoreError> {
    let Some(scan) = app.store().claim_full_scan(job, app.now()).await? else {
        return Ok(Outcome::AlreadyDone);
    };
    Ok(match work(app.store(), scan, deadline, &mut Pages { app, limit: page }).await? {
        Run::Ended(FullScan { done, raised, .. }) => {
            info!(job.id = %job, done, raised, "scan {job} has looked at every account");
            Outcome::Done
        }
        Run::Lost => Outcome::AlreadyDone,
        Run::HandedOver(outcome) => outcome,
    })
}

/// The pages of a scan.
struct Pages<'a> {
    app: &'a App,
    limit: u32,
}

impl Work<FullScan> for Pages<'_> {
    fn now(&self) -> Timestamp {
        self.app.now()
    }

    async fn piece(&mut self, scan: &mut FullScan) -> Result<(), StoreError> {
        take_page(self.app, scan, self.limit).await
    }
}

async fn take_page(app: &App, scan: &mut FullScan, limit: u32) -> Result<(), StoreError> {
    let page = app.store().users_page(scan.cursor.take(), limit).await?;
    for person in page.users {
        let (user, found) = match person {
            Ok(person) => match scan.pass {
                Pass::Traces => (person.user_id, scan::trace(app, &person).await),
                Pass::Rules | Pass::Unknown(_) => {
                    (person.user_id, scan_person(app, scan, &person).await)
                }
            },
            Err((user, error)) => (user, Err(error)),
        };
        match found {
            Ok(()) => {}
            // Counted and logged in the pass that applies the rules.
            Err(StoreError::Unreadable { .. }) if scan.pass == Pass::Traces => {}
            // An account that this version cannot read must not stop the scan of the others.
            Err(cause @ StoreError::Unreadable { .. }) => {
                error!(user.id = %user, job.id = %scan.id, %cause, "the account {user} could not be scanned");
                scan.failed += 1;
            }
            Err(error) => return Err(error),
        }
    }
    scan.report(page.listed, page.next, app.now());
    Ok(())
}

async fn scan_person(app: &App, scan: &mut FullScan, person: &User) -> Result<(), StoreError> {
    let mode = ScanMode { scan: Some(scan.id), dry_run: scan.dry_run };
    if let Some(scanned) = scan::one(app, person, &scan.rules, mode).await? {
        let is_new = is_new(&scanned, scan.id);
        scan.count(person.pseudonym, scanned.signals.iter().map(|signal| signal.rule), is_new);
    }
    Ok(())
}

/// Whether this scan raised the alert: now, or in an earlier run that was stopped before its
/// report.
fn is_new(scanned: &Scanned, scan: FraudScanId) -> bool {
    scanned.outcome == ScanOutcome::Raised
        || scanned.alert.as_ref().is_some_and(|alert| alert.raised_in == Some(scan))
}

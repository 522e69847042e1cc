//! The scheduled function: sends due work, restarts stalled work, delivers messages that were not
//! delivered, and lifts or removes what has expired.
//!
//! A tick may be delivered twice, late, or while the previous run is still active. A lease allows
//! one run at a time, and each item is claimed by a condition before it is processed. So a run that
//! lost its lease does nothing more, and nothing is done twice. The next tick makes up for a missed
//! one.

mod due;
mod retention;

use std::time::Duration;

use lambda_runtime::Error;
use provost_app::App;
use provost_domain::{RequestId, time::MINUTE};
use provost_jobs::Deadline;
use provost_operations::Op;
use provost_store::{StoreError, scheduled_work::Lease};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::{Instrument, error, info, info_span};

/// Duration of the lease of a run, in milliseconds: as long as the function can run, so that the
/// next tick finds it free even if this run is killed.
pub const LEASE_LIFE: i64 = 4 * MINUTE;
/// Maximum number of items of a kind per batch.
const BATCH: i32 = 100;
/// The time that must be left for another batch.
const MARGIN: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Job {
    Due,
    // The name in events of release 0.1.0.
    #[serde(alias = "janitor")]
    Retention,
}

#[derive(Debug, Deserialize)]
struct Tick {
    job: Job,
}

/// The result of a run.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// Whether this run held the lease; without it nothing was done.
    pub alone: bool,
    /// Deletions sent because they are due or their run stopped responding.
    pub deletions: usize,
    /// Exports sent again because their run stopped responding.
    pub exports: usize,
    /// Scans of all accounts sent again because their run stopped responding.
    pub full_scans: usize,
    /// Broadcasts sent because they are due or their run stopped responding, or given up.
    pub broadcasts: usize,
    /// Bulk jobs sent again because their run stopped responding.
    #[serde(default)]
    pub bulk_jobs: usize,
    /// Messages delivered that the stream had not delivered.
    pub messages: usize,
    /// Suspensions lifted.
    pub suspensions: usize,
    /// Grants that ended.
    pub grants: usize,
    /// Removed content whose objects were deleted, or will be looked for once more, and deleted
    /// organisations whose objects in assigned buckets were deleted.
    #[serde(default)]
    pub removals: usize,
    /// Files whose upload was confirmed, or that were dropped without one.
    #[serde(default)]
    pub content_uploads: usize,
    /// Evidence that was deleted.
    #[serde(default)]
    pub evidence: usize,
    /// Audit entries written about counted refusals.
    pub refusals: usize,
    /// Audit entries added to the tree of the log.
    #[serde(default)]
    pub leaves: usize,
    /// Archives removed.
    pub archives: usize,
    /// Verifications whose images were removed.
    pub images: usize,
    /// Uploads aborted.
    pub uploads: usize,
    /// Items that failed; the next run tries again.
    pub failed: usize,
}

/// An active run.
struct Run<'a> {
    app: &'a App,
    lease: Lease,
    request: RequestId,
    deadline: Deadline,
    report: RunReport,
}

/// Processes everything that is due.
///
/// # Errors
/// For a tick of unknown kind, and when something failed; the rest is done anyway, and the next
/// tick catches up.
pub async fn handle(app: App, event: Value, deadline: Deadline) -> Result<RunReport, Error> {
    let Tick { job } = serde_json::from_value(event)?;
    // The names of the leases are those of release 0.1.0, so that two releases do not run at once.
    let name = match job {
        Job::Due => "sweep-due",
        Job::Retention => "sweep-janitor",
    };
    let request = app.id(RequestId::new);
    let app = app.for_request(request);
    let span = info_span!("run", job = name, request.id = %request);
    run(&app, job, name, request, deadline).instrument(span).await
}

async fn run(
    app: &App,
    job: Job,
    name: &'static str,
    request: RequestId,
    deadline: Deadline,
) -> Result<RunReport, Error> {
    let Some(lease) = app.store().take_lease(name, app.now(), LEASE_LIFE).await? else {
        info!("another run is at work");
        return Ok(RunReport::default());
    };
    let report = RunReport { alone: true, ..RunReport::default() };
    let mut run = Run { app, lease, request, deadline, report };
    match job {
        Job::Due => due::run(&mut run).await,
        Job::Retention => retention::run(&mut run).await,
    }
    let Run { lease, report, .. } = run;
    app.store().end_lease(&lease, app.now()).await?;
    info!(
        deletions = report.deletions,
        exports = report.exports,
        full_scans = report.full_scans,
        broadcasts = report.broadcasts,
        bulk_jobs = report.bulk_jobs,
        messages = report.messages,
        suspensions = report.suspensions,
        grants = report.grants,
        removals = report.removals,
        content_uploads = report.content_uploads,
        evidence = report.evidence,
        refusals = report.refusals,
        leaves = report.leaves,
        images = report.images,
        archives = report.archives,
        uploads = report.uploads,
        failed = report.failed,
        "a run is done"
    );
    if report.failed > 0 {
        return Err(format!("{} things could not be done", report.failed).into());
    }
    Ok(report)
}

impl Run<'_> {
    /// An operation of this run.
    fn op(&self) -> Op<'_> {
        Op::system(self.app, "scheduler", self.request)
    }

    /// Whether there is time for another batch.
    fn has_time(&self) -> bool {
        self.deadline.allows(MARGIN)
    }

    /// Counts a failure, and logs it.
    fn failed(&mut self, what: &'static str, cause: &StoreError) {
        self.report.failed += 1;
        error!(what, %cause, "{what} could not be done");
    }
}

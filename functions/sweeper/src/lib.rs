//! The scheduled function: sends due work, restarts stalled work, delivers messages that were not
//! delivered, and lifts or removes what has expired.
//!
//! A tick may be delivered twice, late, or while the previous run is still active. A lease allows
//! one run at a time, and each item is claimed by a condition before it is processed. So a run that
//! lost its lease does nothing more, and nothing is done twice. The next tick makes up for a missed
//! one.

mod due;
mod retention;

use lambda_runtime::Error;
use provost_app::App;
use provost_domain::{RequestId, time::MINUTE};
use provost_jobs::Deadline;
use provost_store::{StoreError, sweeps::Lease};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::{error, info};

/// Duration of the lease of a run, in milliseconds: as long as the function can run, so that the
/// next tick finds it free even if this run is killed.
pub const LEASE_LIFE: i64 = 4 * MINUTE;
/// Maximum number of items of a kind per batch.
const BATCH: i32 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Job {
    Due,
    Janitor,
}

#[derive(Debug, Deserialize)]
struct Tick {
    job: Job,
}

/// The result of a run.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Whether this run held the lease; without it nothing was done.
    pub alone: bool,
    /// Deletions sent because they are due or their run stopped responding.
    pub deletions: usize,
    /// Exports sent again because their run stopped responding.
    pub exports: usize,
    /// Scans of all accounts sent again because their run stopped responding.
    pub fraud_sweeps: usize,
    /// Messages delivered that the stream had not delivered.
    pub messages: usize,
    /// Suspensions lifted.
    pub suspensions: usize,
    /// Grants that ended.
    pub grants: usize,
    /// Audit entries written about counted refusals.
    pub refusals: usize,
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
struct Sweep<'a> {
    app: &'a App,
    lease: Lease,
    run: RequestId,
    deadline: Deadline,
    swept: Swept,
}

/// Processes everything that is due.
///
/// # Errors
/// For a tick of unknown kind, and when something failed; the rest is done anyway, and the next
/// tick catches up.
pub async fn handle(app: App, event: Value, deadline: Deadline) -> Result<Swept, Error> {
    let Tick { job } = serde_json::from_value(event)?;
    let name = match job {
        Job::Due => "sweep-due",
        Job::Janitor => "sweep-janitor",
    };
    let Some(lease) = app.store().take_lease(name, app.now(), LEASE_LIFE).await? else {
        info!(job = name, "another sweep is at work");
        return Ok(Swept::default());
    };
    let swept = Swept { alone: true, ..Swept::default() };
    let mut sweep = Sweep { app: &app, lease, run: app.id(RequestId::new), deadline, swept };
    match job {
        Job::Due => due::sweep(&mut sweep).await,
        Job::Janitor => retention::sweep(&mut sweep).await,
    }
    let Sweep { lease, swept, .. } = sweep;
    app.store().end_lease(&lease, app.now()).await?;
    info!(
        job = name,
        deletions = swept.deletions,
        exports = swept.exports,
        fraud_sweeps = swept.fraud_sweeps,
        messages = swept.messages,
        suspensions = swept.suspensions,
        grants = swept.grants,
        refusals = swept.refusals,
        images = swept.images,
        archives = swept.archives,
        uploads = swept.uploads,
        failed = swept.failed,
        "a sweep is done"
    );
    if swept.failed > 0 {
        return Err(format!("{} things could not be done", swept.failed).into());
    }
    Ok(swept)
}

impl Sweep<'_> {
    /// Whether there is time for another batch.
    fn has_time(&self) -> bool {
        self.deadline.allows(std::time::Duration::from_secs(15))
    }

    /// Counts a failure, and logs it.
    fn failed(&mut self, what: &'static str, cause: &StoreError) {
        self.swept.failed += 1;
        error!(what, %cause, "{what} could not be done");
    }
}

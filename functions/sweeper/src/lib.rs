//! The clock's function: what is due is sent, what stalled is sent again, what was never delivered
//! is delivered, what ran out is lifted or removed.
//!
//! A tick may come twice, late, or while the one before is still at work. A lease lets one sweep
//! work at a time, and each thing is claimed by a condition on its own item before anything is done
//! about it, so a sweep that lost its lease does nothing any more and nothing is done twice. A tick
//! that never came is made up for by the next.

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

/// How long a sweep may hold its lease, in milliseconds: as long as the function can live, so that
/// the next tick finds it free even when this one is killed.
pub const LEASE_LIFE: i64 = 4 * MINUTE;
/// How many things of a kind are looked up at once.
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

/// What a sweep did.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Whether this sweep held the lease; without it nothing was done.
    pub alone: bool,
    /// Deletions sent because their day has come or their run fell silent.
    pub deletions: usize,
    /// Exports sent again because their run fell silent.
    pub exports: usize,
    /// Scans of everybody sent again because their run fell silent.
    pub fraud_sweeps: usize,
    /// Messages delivered that the stream had not.
    pub messages: usize,
    /// Suspensions lifted.
    pub suspensions: usize,
    /// Awards that ended.
    pub grants: usize,
    /// Entries written about refusals that were counted.
    pub refusals: usize,
    /// Archives removed.
    pub archives: usize,
    /// Verifications whose images were removed.
    pub images: usize,
    /// Uploads given up.
    pub uploads: usize,
    /// What could not be done; the next sweep tries again.
    pub failed: usize,
}

/// A sweep at work.
struct Sweep<'a> {
    app: &'a App,
    lease: Lease,
    run: RequestId,
    deadline: Deadline,
    swept: Swept,
}

/// Does what has fallen due.
///
/// # Errors
/// For a tick of no known kind, and when something could not be done; the rest is done all the
/// same, and the next tick catches up.
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

    /// Counts something that could not be done, and says so once.
    fn failed(&mut self, what: &'static str, cause: &StoreError) {
        self.swept.failed += 1;
        error!(what, %cause, "{what} could not be done");
    }
}

//! After a start: the queues of the local platform are empty, the tables are not. Announced and
//! unfinished work is sent again; receivers ignore duplicates.

use provost_app::App;
use provost_domain::{Timestamp, message::Message, time::DAY};
use provost_local::Runner;
use provost_store::{StoreError, deletions, exports};
use serde_json::json;
use tracing::{info, warn};

/// Maximum number of items per kind to send again; the scheduler finds the rest later, once they
/// count as abandoned.
const MAX: i32 = 1000;

/// Sends the work of an earlier process again. Failures are logged and left to the scheduler.
pub async fn resume(app: &App, runner: &Runner) {
    // Everything from before the start counts as due: no earlier process is running.
    let far = app.now().plus(DAY);
    report("messages", messages(app, far).await);
    report("running exports", exports(app, far).await);
    report("running deletions", deletions(app, far).await);
    report("running scans", scans(app, far).await);
    // Work that became due while no process was running.
    match runner.fire("sweeper", Some(json!({ "job": "due" }))).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => warn!(
            error,
            "the scheduled maintenance at the start failed. It runs again in five minutes"
        ),
        Err(error) => {
            warn!(%error, "the scheduled maintenance at the start failed. It runs again in five minutes")
        }
    }
}

async fn messages(app: &App, far: Timestamp) -> Result<usize, StoreError> {
    let waiting = app.store().overdue_messages(far, MAX).await?;
    for message in &waiting {
        app.store().deliver(message).await?;
    }
    Ok(waiting.len())
}

async fn exports(app: &App, far: Timestamp) -> Result<usize, StoreError> {
    let jobs = app.store().exports_due(exports::STALLED, far, MAX).await?;
    for job in &jobs {
        app.store().enqueue(&Message::Export { job: *job }, 0).await?;
    }
    Ok(jobs.len())
}

async fn deletions(app: &App, far: Timestamp) -> Result<usize, StoreError> {
    // A claimed request looks like one that is due soon; the fencing token of the worker
    // distinguishes them.
    let mut keys =
        app.store().due(deletions::DUE, app.now().plus(deletions::STALLED_AFTER), MAX).await?;
    keys.extend(app.store().due(deletions::STALLED, far, MAX).await?);
    let requests: Vec<_> =
        keys.iter().filter_map(|key| key.pk.strip_prefix("DELETION#")?.parse().ok()).collect();
    for request in &requests {
        app.store().enqueue(&Message::Deletion { request: *request }, 0).await?;
    }
    Ok(requests.len())
}

async fn scans(app: &App, far: Timestamp) -> Result<usize, StoreError> {
    let scans = app.store().sweeps_due(far, MAX).await?;
    for job in &scans {
        app.store().enqueue(&Message::FraudSweep { job: *job }, 0).await?;
    }
    Ok(scans.len())
}

fn report(what: &str, outcome: Result<usize, StoreError>) {
    match outcome {
        Ok(0) => {}
        Ok(count) => info!(count, "sent {count} {what} from before the start again"),
        Err(error) => {
            warn!(cause = %error, "some {what} from before the start could not be sent again. The scheduler retries them")
        }
    }
}

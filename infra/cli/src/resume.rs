//! After a start: the queues of the local platform are empty, the tables are not. Announced and
//! unfinished work is sent again; receivers ignore duplicates.

use provost_app::App;
use provost_domain::{
    Timestamp, deletion::DeletionRequest, export::ExportJob, fraud::FullScan, time::DAY,
};
use provost_local::Runner;
use provost_store::{StoreError, deletions, jobs::StoredJob};
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
    report("running exports", jobs::<ExportJob>(app, far).await);
    report("running deletions", deletions(app, far).await);
    report("running scans", jobs::<FullScan>(app, far).await);
    // Work that became due while no process was running.
    match runner.fire("scheduler", Some(json!({ "job": "due" }))).await {
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
    let mut waiting = app.store().overdue_messages(far, MAX).await?;
    waiting.retain(|waiting| waiting.message.queue().is_some());
    for message in &waiting {
        app.store().deliver(message).await?;
    }
    Ok(waiting.len())
}

async fn jobs<J: StoredJob>(app: &App, far: Timestamp) -> Result<usize, StoreError> {
    send::<J>(app, app.store().silent_jobs::<J>(far, MAX).await?).await
}

async fn deletions(app: &App, far: Timestamp) -> Result<usize, StoreError> {
    // A claimed request looks like one that is due soon; the fencing token of the worker
    // distinguishes them.
    let soon = app.now().plus(deletions::STALLED_AFTER);
    let due = app.store().due(deletions::DUE, soon, MAX).await?;
    let mut requests: Vec<_> = due.iter().filter_map(DeletionRequest::id_of).collect();
    requests.extend(app.store().silent_jobs::<DeletionRequest>(far, MAX).await?);
    send::<DeletionRequest>(app, requests).await
}

async fn send<J: StoredJob>(app: &App, ids: Vec<J::Id>) -> Result<usize, StoreError> {
    for id in &ids {
        app.store().enqueue(&J::message(*id), 0).await?;
    }
    Ok(ids.len())
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

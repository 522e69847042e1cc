//! After a start: the queues of the local platform forgot what they held, the tables did not. What
//! was announced and what was under way is sent again; whoever receives it twice notices.

use provost_app::App;
use provost_domain::{Timestamp, message::Message, time::DAY};
use provost_local::Runner;
use provost_store::{StoreError, deletions, exports};
use serde_json::json;
use tracing::{info, warn};

/// How many things of a kind are sent again; the sweeper finds the rest when they have been silent
/// for long enough.
const MAX: i32 = 1000;

/// Sends again what an earlier process left. What fails is told and left to the sweeper.
pub async fn resume(app: &App, runner: &Runner) {
    // Everything of before the start counts as due: no run of an earlier process is alive.
    let far = app.now().plus(DAY);
    report("messages", messages(app, far).await);
    report("running exports", exports(app, far).await);
    report("running deletions", deletions(app, far).await);
    report("running scans", scans(app, far).await);
    // What fell due while nothing ran.
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
    // One that was claimed as due looks like one of the near future; the worker's fence knows which
    // it is.
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

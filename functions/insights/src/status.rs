//! `GET /api/admin/status`: whether everything that the platform needs responds, how much work
//! waits, and when scheduled work last ran.

use std::time::Duration;

use futures_util::{
    FutureExt,
    future::{join, join_all, join5},
};
use provost_app::App;
use provost_domain::{
    Timestamp,
    message::Queue,
    time::{HOUR, MINUTE, SECOND},
};
use provost_http::{HandlerResult, Json, RequestContext, access::StaffGrant};
use provost_store::{
    StoreError,
    insights::{measures::Measures, status::QueueDepth},
};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::timeout;
use tracing::warn;

/// The time after which a part that has not responded counts as down.
const LIMIT: Duration = Duration::from_secs(3);
/// The age of a message in the outbox after which the platform counts as degraded, in milliseconds.
const LATE: i64 = 300 * SECOND;
/// Percentage of failed requests from which the platform counts as degraded, if there are as many
/// failures.
const MANY_FAILURES: (f64, u64) = (5.0, 3);
/// Each queue with the age of its oldest message from which it counts as degraded, in milliseconds:
/// an email is sent at once, a job may run for hours.
const QUEUES: [(Queue, i64); 4] = [
    (Queue::Mail, 15 * MINUTE),
    (Queue::Export, 4 * HOUR),
    (Queue::Deletion, 4 * HOUR),
    (Queue::Bulk, 4 * HOUR),
];
/// Scheduled work, by the name of its lease, with the longest time between two runs in
/// milliseconds, with some tolerance.
const SCHEDULES: [(&str, &str, i64); 2] =
    [("due", "sweep-due", 15 * 60 * SECOND), ("retention", "sweep-janitor", 25 * 3600 * SECOND)];

/// State of a part of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It works.
    Healthy,
    /// It works, but messages or scheduled work are late, or messages or many requests failed.
    Degraded,
    /// It did not respond in time.
    Down,
}

/// State of the platform.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlatformStatus {
    /// The worst state of all parts.
    status: State,
    /// Version of this release.
    version: &'static str,
    /// Time of this answer.
    checked_at: Timestamp,
    /// The API.
    api: ApiStatus,
    /// The tables.
    database: PartStatus,
    /// The buckets for files and archives.
    storage: PartStatus,
    /// The queues, together and one by one.
    queue: QueuesStatus,
    /// Messages that are not on a queue yet.
    outbox: OutboxStatus,
    /// Scheduled work.
    schedules: Vec<ScheduleStatus>,
}

/// Requests to the API in the last 15 minutes, as its gateway counts them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiStatus {
    /// State: degraded when at least three requests, and five percent, failed. Down if the metrics
    /// did not respond in time.
    status: State,
    /// Number of requests; null if it is not known.
    requests: Option<u64>,
    /// Number of requests that failed: answered with 5xx.
    failures: Option<u64>,
    /// Failed requests in percent, with two decimals; null without requests.
    error_rate: Option<f64>,
}

impl ApiStatus {
    fn of(measures: Option<&Measures>) -> Self {
        let Some(Measures { requests, failures, .. }) = measures else {
            return Self { status: State::Down, requests: None, failures: None, error_rate: None };
        };
        let rate = requests.zip(*failures).and_then(|(requests, failures)| {
            #[expect(clippy::cast_precision_loss, reason = "a percentage with two decimals")]
            let rate = failures as f64 / requests as f64;
            (requests > 0).then(|| (rate * 10_000.0).round() / 100.0)
        });
        let (many, least) = MANY_FAILURES;
        let fails = rate.is_some_and(|rate| rate >= many) && *failures >= Some(least);
        let status = if fails { State::Degraded } else { State::Healthy };
        Self { status, requests: *requests, failures: *failures, error_rate: rate }
    }
}

/// State of tables or buckets.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartStatus {
    /// State.
    status: State,
    /// Time that the slowest one took to respond, in milliseconds; null if one did not.
    latency: Option<i64>,
}

/// State of the queues.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuesStatus {
    /// State: degraded when a message failed for good, and is on a dead-letter queue, or when an
    /// email has waited for 15 minutes or a job for four hours.
    status: State,
    /// Messages that wait on all queues.
    pending: u64,
    /// Messages that failed for good.
    failed: u64,
    /// Each queue.
    queues: Vec<QueueStatus>,
}

/// Messages of a queue. The numbers are approximate.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// Name of the queue.
    name: &'static str,
    /// Messages that wait; null if the queue did not respond.
    pending: Option<u64>,
    /// Messages that are being processed.
    in_flight: Option<u64>,
    /// Messages that are delivered later.
    delayed: Option<u64>,
    /// Messages that failed for good; null also if the deployment does not name that queue.
    failed: Option<u64>,
    /// Age of the oldest message, in seconds, as measured in the last minutes; null when the queue is
    /// empty or the age is not known.
    oldest_seconds: Option<i64>,
}

/// State of the outbox.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutboxStatus {
    /// State: degraded when a message is older than five minutes.
    status: State,
    /// Age of the oldest message, in seconds; null when the outbox is empty.
    oldest_seconds: Option<i64>,
}

/// State of scheduled work.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleStatus {
    /// Name of the work.
    name: &'static str,
    /// State: degraded when the last run is too long ago.
    status: State,
    /// Time at which the last run ended, or may last until; null if it never ran.
    last_run_at: Option<Timestamp>,
}

/// Returns the state of every part. All are asked at the same time.
pub async fn get_status(ctx: RequestContext<StaffGrant>) -> HandlerResult<Json<PlatformStatus>> {
    let (app, now) = (&ctx.app, ctx.now());
    let (database, storage, (api, queue), outbox, schedules) = join5(
        part(app, "tables", app.store().check_tables()).boxed(),
        part(app, "buckets", app.store().check_buckets()).boxed(),
        queues(app, ctx.api_id()).boxed(),
        outbox(app, now).boxed(),
        join_all(
            SCHEDULES
                .into_iter()
                .map(|(name, lease, most)| schedule(app, name, lease, most, now).boxed()),
        ),
    )
    .await;
    let states = [api.status, database.status, storage.status, queue.status, outbox.status];
    let states = || states.iter().copied().chain(schedules.iter().map(|found| found.status));
    let status = if database.status == State::Down {
        State::Down
    } else if states().all(|state| state == State::Healthy) {
        State::Healthy
    } else {
        State::Degraded
    };
    Ok(Json::new(PlatformStatus {
        status,
        version: env!("CARGO_PKG_VERSION"),
        checked_at: now,
        api,
        database,
        storage,
        queue,
        outbox,
        schedules,
    }))
}

/// The result of a check; `None` if it failed or took too long.
async fn within<T>(
    what: &'static str,
    check: impl Future<Output = Result<T, StoreError>>,
) -> Option<T> {
    match timeout(LIMIT, check).await {
        Ok(Ok(found)) => Some(found),
        Ok(Err(error)) => {
            warn!(what, cause = %error, "{what} could not be checked");
            None
        }
        Err(_) => {
            warn!(what, "{what} did not respond in time");
            None
        }
    }
}

async fn part(
    app: &App,
    what: &'static str,
    check: impl Future<Output = Result<(), StoreError>>,
) -> PartStatus {
    let started = app.now();
    let latency = within(what, check).await.map(|()| app.now().since(started));
    let status = if latency.is_some() { State::Healthy } else { State::Down };
    PartStatus { status, latency }
}

/// The API and the queues, whose metrics are read together.
async fn queues(app: &App, api: Option<&str>) -> (ApiStatus, QueuesStatus) {
    let depths = join_all(QUEUES.into_iter().map(|(queue, most)| {
        let depth = within("a queue", app.store().queue_depth(queue));
        depth.map(move |found| (queue, most, found)).boxed()
    }));
    let measures = within("the metrics", app.store().measures(api, app.now()));
    let (depths, measures) = join(depths, measures).await;
    let mut is_late = false;
    let queues: Vec<QueueStatus> = depths
        .into_iter()
        .map(|(queue, most, found)| {
            let depth: Option<QueueDepth> = found.map(|(depth, _)| depth);
            // A measurement may be older than the message that emptied the queue.
            let holds = depth.is_some_and(|depth| depth.waiting + depth.in_flight > 0);
            let age = measures.as_ref().and_then(|measures| measures.ages.get(&queue)).copied();
            let age = age.filter(|_| holds);
            is_late |= age.is_some_and(|age| age * SECOND >= most);
            QueueStatus {
                name: queue.as_str(),
                pending: depth.map(|depth| depth.waiting),
                in_flight: depth.map(|depth| depth.in_flight),
                delayed: depth.map(|depth| depth.delayed),
                failed: found.and_then(|(_, failed)| failed),
                oldest_seconds: age,
            }
        })
        .collect();
    let failed = queues.iter().filter_map(|queue| queue.failed).sum();
    let status = if queues.iter().any(|queue| queue.pending.is_none()) {
        State::Down
    } else if failed > 0 || is_late {
        State::Degraded
    } else {
        State::Healthy
    };
    let pending = queues.iter().filter_map(|queue| queue.pending).sum();
    (ApiStatus::of(measures.as_ref()), QueuesStatus { status, pending, failed, queues })
}

async fn outbox(app: &App, now: Timestamp) -> OutboxStatus {
    let found = within("the outbox", app.store().oldest_waiting_message()).await;
    let age = found.flatten().map(|oldest| now.since(oldest).max(0));
    let status = match (found, age) {
        (None, _) => State::Down,
        (_, Some(age)) if age > LATE => State::Degraded,
        _ => State::Healthy,
    };
    OutboxStatus { status, oldest_seconds: age.map(|age| age / SECOND) }
}

async fn schedule(
    app: &App,
    name: &'static str,
    lease: &'static str,
    most: i64,
    now: Timestamp,
) -> ScheduleStatus {
    let found = within("scheduled work", app.store().last_run(lease)).await;
    let last_run_at = found.flatten();
    let status = match (found, last_run_at) {
        (None, _) => State::Down,
        // A new deployment has not run anything yet.
        (_, Some(last)) if now.since(last) > most => State::Degraded,
        _ => State::Healthy,
    };
    ScheduleStatus { name, status, last_run_at }
}

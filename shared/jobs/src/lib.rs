//! Jobs: work from queues, delivered at least once, in any order, to workers that may be killed at
//! any moment. [`batch`] processes messages; [`work`] is a run of a long job.

pub mod outbox;
mod run;

pub use run::{ENOUGH, Run, Work, hand_over, work};

use std::{
    fmt,
    future::Future,
    time::{Duration, SystemTime},
};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::FutureExt;
use provost_domain::{
    RequestId,
    message::{Envelope, Message, Queue},
};
use provost_store::Store;
use tracing::{Instrument, error, info, info_span, warn};

/// The outcome of one run of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done.
    Done,
    /// Nothing was left to do: an earlier run did it, or it is no longer needed.
    AlreadyDone,
    /// Not now; the queue delivers the message again.
    Retry(String),
    /// Permanent failure; a retry would fail the same way. The message goes to the dead-letter
    /// queue.
    GiveUp(String),
}

impl Outcome {
    /// A retry because of a temporary failure. Only its kind is kept: causes may contain data that
    /// must not be logged.
    pub fn retry(why: impl fmt::Display) -> Self {
        Self::Retry(why.to_string())
    }
}

/// The time limit of a run.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(SystemTime);

impl Deadline {
    /// The moment at which the runtime stops the function.
    pub const fn at(end: SystemTime) -> Self {
        Self(end)
    }

    /// A deadline `time` from now.
    #[expect(clippy::disallowed_methods, reason = "Lambda's deadline is in the system's time")]
    pub fn within(time: Duration) -> Self {
        Self(SystemTime::now() + time)
    }

    /// The time left.
    #[expect(clippy::disallowed_methods, reason = "Lambda's deadline is in the system's time")]
    pub fn left(self) -> Duration {
        self.0.duration_since(SystemTime::now()).unwrap_or_default()
    }

    /// Whether there is time for another step that takes at most `piece`.
    pub fn allows(self, piece: Duration) -> bool {
        self.left() > piece
    }
}

impl From<SystemTime> for Deadline {
    fn from(end: SystemTime) -> Self {
        Self(end)
    }
}

/// Delay before a message is delivered again, in seconds, by receive count: within minutes at
/// first, then with an hour for an outage to end. The queue's limit of five receives comes after
/// the last.
const RETRY_AFTER: [i32; 4] = [30, 120, 600, 3600];

/// Runs each message of a batch separately, in a span with its queue, id, kind and request id. A
/// message to retry is delivered again after `RETRY_AFTER`. A message that cannot succeed, cannot
/// be parsed or panics goes to the dead-letter queue at once, with the reason.
///
/// `run` gets the id of the request that sent the message, or one from `new_request_id` if the
/// message has none.
pub async fn batch<F, R>(
    store: &Store,
    queue: Queue,
    event: SqsEvent,
    new_request_id: impl Fn() -> RequestId,
    mut run: F,
) -> SqsBatchResponse
where
    F: FnMut(Message, RequestId) -> R,
    R: Future<Output = Outcome>,
{
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        let envelope: Option<Envelope> =
            record.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        let id = record.message_id.clone().unwrap_or_default();
        let (span, outcome) = match envelope {
            Some(Envelope { message, request_id }) if message.queue().is_some() => {
                let request_id = request_id.unwrap_or_else(&new_request_id);
                let span = info_span!(
                    "message",
                    queue = queue.as_str(),
                    message.id = id,
                    message.kind = message.kind(),
                    request.id = %request_id
                );
                let outcome = std::panic::AssertUnwindSafe(run(message, request_id))
                    .catch_unwind()
                    .instrument(span.clone())
                    .await
                    .unwrap_or_else(|_| Outcome::GiveUp("the run panicked".to_owned()));
                (span, outcome)
            }
            _ => (
                info_span!("message", queue = queue.as_str(), message.id = id),
                Outcome::GiveUp("the message is of no kind that this version knows".to_owned()),
            ),
        };
        if !conclude(store, queue, &record, &id, outcome).instrument(span).await {
            response.batch_item_failures.push(failure(id));
        }
    }
    response
}

/// Logs the outcome of a message, and schedules its next delivery or sends it to the dead-letter
/// queue. Returns whether SQS may delete it.
async fn conclude(
    store: &Store,
    queue: Queue,
    record: &SqsMessage,
    id: &str,
    outcome: Outcome,
) -> bool {
    match outcome {
        Outcome::Done => info!("message {id} is done"),
        Outcome::AlreadyDone => info!("message {id} was done before"),
        Outcome::Retry(why) => {
            let receives = record
                .attributes
                .get("ApproximateReceiveCount")
                .and_then(|count| count.parse().ok())
                .unwrap_or(1_usize);
            warn!(receives, why, "message {id} is to be tried again");
            if let Some(receipt) = &record.receipt_handle
                && let Some(seconds) =
                    RETRY_AFTER.get(receives.saturating_sub(1)).or(RETRY_AFTER.last())
                && let Err(cause) = store.deliver_again(queue, receipt, *seconds).await
            {
                warn!(%cause, "message {id} is tried again only after its queue's own time");
            }
            return false;
        }
        Outcome::GiveUp(why) => {
            error!(why, "message {id} cannot be done and goes to the dead-letter queue");
            // The body as it was received, with its request id.
            let body = record.body.as_deref().unwrap_or_default();
            if let Err(cause) = store.give_up(queue, body, &why).await {
                warn!(%cause, "message {id} stays on its queue until SQS moves it");
                return false;
            }
        }
    }
    true
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}

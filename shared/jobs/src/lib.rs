//! Jobs: work from queues, delivered at least once, in any order, to workers that may be killed at
//! any moment.

use std::{
    fmt,
    future::Future,
    time::{Duration, SystemTime},
};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures_util::FutureExt;
use provost_domain::message::{Message, Queue};
use provost_store::Store;
use tracing::{error, info, warn};

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
    pub fn within(time: Duration) -> Self {
        Self(SystemTime::now() + time)
    }

    /// The time left.
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

/// Runs each message of a batch separately. A message to retry is delivered again after
/// `RETRY_AFTER`. A message that cannot succeed, cannot be parsed or panics goes to the dead-letter
/// queue at once, with the reason.
pub async fn batch<F, R>(
    store: &Store,
    queue: Queue,
    event: SqsEvent,
    mut run: F,
) -> SqsBatchResponse
where
    F: FnMut(Message) -> R,
    R: Future<Output = Outcome>,
{
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        let id = record.message_id.unwrap_or_default();
        let outcome = match record.body.as_deref().map(serde_json::from_str::<Message>) {
            Some(Ok(message)) => std::panic::AssertUnwindSafe(run(message))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Outcome::GiveUp("the run panicked".to_owned())),
            _ => Outcome::GiveUp("the message is of no kind that this version knows".to_owned()),
        };
        match outcome {
            Outcome::Done => info!(message.id = id, "message {id} is done"),
            Outcome::AlreadyDone => info!(message.id = id, "message {id} was done before"),
            Outcome::Retry(why) => {
                let receives = record
                    .attributes
                    .get("ApproximateReceiveCount")
                    .and_then(|count| count.parse().ok())
                    .unwrap_or(1_usize);
                warn!(message.id = id, receives, why, "message {id} is to be tried again");
                if let Some(receipt) = &record.receipt_handle
                    && let Some(seconds) =
                        RETRY_AFTER.get(receives.saturating_sub(1)).or(RETRY_AFTER.last())
                    && let Err(cause) = store.deliver_again(queue, receipt, *seconds).await
                {
                    warn!(message.id = id, %cause, "message {id} is tried again only after its queue's own time");
                }
                response.batch_item_failures.push(failure(id));
            }
            Outcome::GiveUp(why) => {
                error!(
                    message.id = id,
                    why, "message {id} cannot be done and goes to the dead-letter queue"
                );
                if let Err(cause) =
                    store.give_up(queue, record.body.as_deref().unwrap_or_default(), &why).await
                {
                    warn!(message.id = id, %cause, "message {id} stays on its queue until SQS moves it");
                    response.batch_item_failures.push(failure(id));
                }
            }
        }
    }
    response
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}

//! Jobs: work that queues hand out, at least once, in any order, to workers that may be killed at any moment.

use std::{
    fmt,
    future::Future,
    time::{Duration, SystemTime},
};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures_util::FutureExt;
use provost_domain::message::Message;
use tracing::{error, info, warn};

/// How one run of a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done.
    Done,
    /// There was nothing to do any more: an earlier run did it, or it is no longer wanted.
    AlreadyDone,
    /// Not now; the queue delivers it again.
    Retry(String),
    /// Never; trying again would end the same way. The message goes where a person will look.
    GiveUp(String),
}

impl Outcome {
    /// To be tried again because of a failure of something that usually works. Only its kind is kept: causes may hold what no log may.
    pub fn retry(why: impl fmt::Display) -> Self {
        Self::Retry(why.to_string())
    }
}

/// How long a run may still take.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(SystemTime);

impl Deadline {
    /// The moment at which the runtime stops the function.
    pub const fn at(end: SystemTime) -> Self {
        Self(end)
    }

    /// That much from now.
    pub fn within(time: Duration) -> Self {
        Self(SystemTime::now() + time)
    }

    /// What is left.
    pub fn left(self) -> Duration {
        self.0.duration_since(SystemTime::now()).unwrap_or_default()
    }

    /// Whether there is time for another piece of work that takes at most `piece`.
    pub fn allows(self, piece: Duration) -> bool {
        self.left() > piece
    }
}

impl From<SystemTime> for Deadline {
    fn from(end: SystemTime) -> Self {
        Self(end)
    }
}

/// Runs each message of a batch by itself and tells the queue which to deliver again. A message that cannot be read, and one whose run panics, fail alone;
/// after the queue's limit of receives they are in its dead-letter queue.
pub async fn batch<F, R>(event: SqsEvent, mut run: F) -> SqsBatchResponse
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
                warn!(message.id = id, why, "message {id} is to be tried again");
                response.batch_item_failures.push(failure(id));
            }
            Outcome::GiveUp(why) => {
                error!(message.id = id, why, "message {id} cannot be done and goes to the dead-letter queue");
                response.batch_item_failures.push(failure(id));
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

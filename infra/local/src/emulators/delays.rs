//! Holds delayed messages, so that a test can decide when the delay has passed.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Response;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::message::md5_of_body;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::body::SqsResponseBody;
use rustack_sqs_http::dispatch::SqsHandler;
use rustack_sqs_http::response::json_response;
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::input::{GetQueueAttributesInput, SendMessageBatchInput, SendMessageInput};
use rustack_sqs_model::operations::SqsOperation;
use rustack_sqs_model::output::{SendMessageBatchOutput, SendMessageOutput};
use rustack_sqs_model::types::SendMessageBatchResultEntry;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Maximum delay of SQS, in seconds.
const MAX_LENGTH: i32 = 900;
/// Maximum number of entries in a batch.
const MAX_BATCH: usize = 10;

/// The queues and their delayed messages. Clones share everything.
#[derive(Clone)]
pub(crate) struct Delays(Arc<Inner>);

/// The address of a queue, and the times at which its messages were sent.
type SentMessages = (String, VecDeque<DateTime<Utc>>);

struct Inner {
    queues: Arc<RustackSqs>,
    waiting: Mutex<Waiting>,
    /// Messages that were sent to a queue and never deleted, by the queue's real name.
    undelivered: Mutex<BTreeMap<String, usize>>,
    /// Address of each queue, and when the messages were sent that may still be on it, oldest first.
    sent: Mutex<BTreeMap<String, SentMessages>>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    messages: BTreeMap<u64, SendMessageInput>,
}

impl std::fmt::Debug for Delays {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Delays").field("waiting", &self.lock().messages.len()).finish()
    }
}

impl Delays {
    pub(super) fn new(queues: Arc<RustackSqs>) -> Self {
        Self(Arc::new(Inner {
            queues,
            waiting: Mutex::default(),
            undelivered: Mutex::default(),
            sent: Mutex::default(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of messages that were sent to this queue and never deleted, whether they are visible,
    /// in flight, delayed or moved to another queue.
    pub(crate) fn undelivered(&self, queue: &str) -> usize {
        self.0
            .undelivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(queue)
            .copied()
            .unwrap_or(0)
    }

    fn count(&self, queue_url: &str, sent: usize, deleted: usize) {
        let queue = queue_url.rsplit('/').next().unwrap_or_default();
        let mut undelivered = self.0.undelivered.lock().unwrap_or_else(PoisonError::into_inner);
        let count = undelivered.entry(queue.to_owned()).or_default();
        *count = (*count + sent).saturating_sub(deleted);
        let mut times = self.0.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, times) = times
            .entry(queue.to_owned())
            .or_insert_with(|| (queue_url.to_owned(), VecDeque::new()));
        times.extend(std::iter::repeat_n(Utc::now(), sent));
        keep_newest(times, *count);
    }

    /// Age of the oldest message that is on this queue; none if it is empty. Messages are taken to
    /// leave in the order in which they came.
    pub(crate) async fn oldest(&self, queue: &str) -> Option<TimeDelta> {
        let url = {
            let times = self.0.sent.lock().unwrap_or_else(PoisonError::into_inner);
            times.get(queue)?.0.clone()
        };
        let wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let input = GetQueueAttributesInput {
            queue_url: url,
            attribute_names: wanted.map(str::to_owned).to_vec(),
        };
        let found = self.0.queues.get_queue_attributes(input).await.ok()?.attributes;
        let present =
            wanted.iter().filter_map(|name| found.get(*name)?.parse::<usize>().ok()).sum();
        let mut times = self.0.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, times) = times.get_mut(queue)?;
        keep_newest(times, present);
        times.front().map(|sent| Utc::now() - *sent)
    }

    /// Number of delayed messages of this queue.
    pub(crate) fn waiting(&self, queue: &str) -> usize {
        self.lock().messages.values().filter(|message| leads_to(message, queue)).count()
    }

    /// Puts all delayed messages of this queue on it now; returns how many.
    pub(crate) async fn release(&self, queue: &str) -> usize {
        let due = {
            let mut waiting = self.lock();
            let due = waiting.messages.iter().filter(|(_, message)| leads_to(message, queue));
            let due = due.map(|(id, _)| *id).collect::<Vec<_>>();
            due.into_iter().filter_map(|id| waiting.messages.remove(&id)).collect::<Vec<_>>()
        };
        let count = due.len();
        for message in due {
            self.put(message).await;
        }
        count
    }

    async fn put(&self, message: SendMessageInput) {
        if let Err(cause) = self.0.queues.send_message(message).await {
            tracing::warn!("a delayed message was lost: {cause}");
        }
    }

    /// Sends the message now, or holds it, depending on its delay.
    async fn send(&self, mut message: SendMessageInput) -> Result<SendMessageOutput, SqsError> {
        let delay = message.delay_seconds.take().unwrap_or(0);
        if !(0..=MAX_LENGTH).contains(&delay) {
            return Err(SqsError::invalid_parameter_value(format!(
                "DelaySeconds must be between 0 and {MAX_LENGTH}."
            )));
        }
        if delay == 0 {
            return self.0.queues.send_message(message).await;
        }
        // Detects a missing queue now, not when the delay has passed.
        let queue = GetQueueAttributesInput {
            queue_url: message.queue_url.clone(),
            attribute_names: Vec::new(),
        };
        self.0.queues.get_queue_attributes(queue).await?;
        let output = SendMessageOutput {
            message_id: Some(crate::function::request_id()),
            md5_of_message_body: Some(md5_of_body(&message.message_body)),
            ..SendMessageOutput::default()
        };
        let id = {
            let mut waiting = self.lock();
            waiting.next += 1;
            let id = waiting.next;
            waiting.messages.insert(id, message);
            id
        };
        let later = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(u64::from(delay.unsigned_abs()))).await;
            let Some(delays) = later.upgrade().map(Self) else {
                return;
            };
            let due = delays.lock().messages.remove(&id);
            if let Some(message) = due {
                delays.put(message).await;
            }
        });
        Ok(output)
    }

    async fn send_batch(
        &self,
        batch: SendMessageBatchInput,
    ) -> Result<SendMessageBatchOutput, SqsError> {
        let mut output = SendMessageBatchOutput::default();
        for entry in batch.entries {
            let message = SendMessageInput {
                queue_url: batch.queue_url.clone(),
                message_body: entry.message_body,
                delay_seconds: entry.delay_seconds,
                message_deduplication_id: entry.message_deduplication_id,
                message_group_id: entry.message_group_id,
                message_attributes: entry.message_attributes,
                message_system_attributes: entry.message_system_attributes,
            };
            let sent = self.send(message).await?;
            output.successful.push(SendMessageBatchResultEntry {
                id: entry.id,
                message_id: sent.message_id.unwrap_or_default(),
                md5_of_message_body: sent.md5_of_message_body.unwrap_or_default(),
                md5_of_message_attributes: sent.md5_of_message_attributes,
                sequence_number: sent.sequence_number,
            });
        }
        Ok(output)
    }
}

fn keep_newest(times: &mut VecDeque<DateTime<Utc>>, count: usize) {
    times.drain(..times.len().saturating_sub(count));
}

fn leads_to(message: &SendMessageInput, queue: &str) -> bool {
    message.queue_url.rsplit('/').next() == Some(queue)
}

/// The SQS interface: delays are handled here, everything else by the queues.
pub(super) struct Delaying {
    delays: Delays,
    rest: RustackSqsHandler,
}

impl Delaying {
    pub(super) fn new(delays: Delays) -> Self {
        let rest = RustackSqsHandler::new(Arc::clone(&delays.0.queues));
        Self { delays, rest }
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<SqsResponseBody>, SqsError>> + Send>>;

/// The queue of a request.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    queue_url: String,
    #[serde(default)]
    entries: Vec<serde::de::IgnoredAny>,
}

impl SqsHandler for Delaying {
    fn handle_operation(&self, operation: SqsOperation, body: Bytes) -> Answering {
        let delays = self.delays.clone();
        let target = serde_json::from_slice::<Target>(&body).ok();
        let (sent, deleted) = match (&operation, &target) {
            (SqsOperation::SendMessage, _) => (1, 0),
            (SqsOperation::SendMessageBatch, Some(target)) => (target.entries.len(), 0),
            (SqsOperation::DeleteMessage, _) => (0, 1),
            (SqsOperation::DeleteMessageBatch, Some(target)) => (0, target.entries.len()),
            _ => (0, 0),
        };
        let answered = self.answer(operation, body);
        Box::pin(async move {
            let response = answered.await?;
            if let Some(target) = target {
                delays.count(&target.queue_url, sent, deleted);
            }
            Ok(response)
        })
    }
}

impl Delaying {
    fn answer(&self, operation: SqsOperation, body: Bytes) -> Answering {
        let delays = self.delays.clone();
        match operation {
            SqsOperation::SendMessage => {
                if let Ok(message) = serde_json::from_slice::<SendMessageInput>(&body)
                    && message.delay_seconds.is_some()
                {
                    return Box::pin(async move { answer(&delays.send(message).await?) });
                }
            }
            SqsOperation::SendMessageBatch => {
                if let Ok(batch) = serde_json::from_slice::<SendMessageBatchInput>(&body)
                    && batch.entries.len() <= MAX_BATCH
                    && batch.entries.iter().any(|entry| entry.delay_seconds.is_some())
                {
                    return Box::pin(async move { answer(&delays.send_batch(batch).await?) });
                }
            }
            _ => {}
        }
        self.rest.handle_operation(operation, body)
    }
}

fn answer(output: &impl serde::Serialize) -> Result<Response<SqsResponseBody>, SqsError> {
    let json =
        serde_json::to_vec(output).map_err(|cause| SqsError::internal_error(cause.to_string()))?;
    Ok(json_response(json, &crate::function::request_id()))
}

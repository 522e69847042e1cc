//! Delivers messages from a queue to its worker: one batch at a time, and deletes only successful
//! ones.

use super::{Address, Inner, Report};
use crate::emulators::Provisioned;
use crate::error::explain;
use crate::{Emulators, Error, Queue, QueueSource, Result};
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

/// Maximum number of failed messages of one queue that can be released at once.
const MAX_HELD: usize = 10_000;

/// Number of messages on a queue. The figures of SQS are approximate; the local ones are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Number of messages ready to be received.
    pub visible: usize,
    /// Number of messages that were received and are neither deleted nor visible again.
    pub in_flight: usize,
    /// Number of messages whose delay has not passed.
    pub delayed: usize,
}

impl Depth {
    /// Total number of messages.
    #[must_use]
    pub fn total(&self) -> usize {
        self.visible + self.in_flight + self.delayed
    }
}

/// The result of one receive.
pub(super) struct Outcome {
    pub received: usize,
    pub succeeded: usize,
    pub failure: Option<String>,
}

/// The addresses of all declared queues.
pub(super) fn addresses(
    provisioned: &Provisioned,
    emulators: &Emulators,
    declared: &[Queue],
) -> Result<BTreeMap<String, Address>> {
    let address = |queue: &Queue| {
        let made = provisioned.queues.get(&queue.name);
        let made =
            made.ok_or_else(|| Error::delivery(&queue.name, "the queue was not provisioned"))?;
        let address = Address {
            name: emulators.name(&queue.name),
            url: made.url.clone(),
            arn: made.arn.clone(),
            dead_letters: queue.redrive.as_ref().map(|redrive| redrive.dead_letters.clone()),
        };
        Ok((queue.name.clone(), address))
    };
    declared.iter().map(address).collect()
}

impl Inner {
    pub(super) async fn drain_queue(&self, source: &QueueSource, report: &mut Report) {
        loop {
            match self.deliver_batch(source, 0).await {
                Ok(Outcome { received: 0, .. }) => return,
                Ok(outcome) => {
                    report.delivered += outcome.succeeded;
                    if let Some(message) = outcome.failure {
                        report.failed.push((source.function.clone(), message));
                    }
                    // Failed messages that become visible at once would keep this queue busy
                    // forever.
                    if outcome.succeeded == 0 {
                        return;
                    }
                }
                Err(cause) => {
                    report.failed.push((source.queue.clone(), cause.to_string()));
                    return;
                }
            }
        }
    }

    /// Receives once, waiting at most `wait` seconds, and passes the messages to the function.
    pub(super) async fn deliver_batch(&self, source: &QueueSource, wait: i32) -> Result<Outcome> {
        let messages = self.receive(&source.queue, source.batch_size, wait).await?;
        self.hand_over(source, messages).await
    }

    pub(super) async fn receive(
        &self,
        queue: &str,
        limit: usize,
        wait: i32,
    ) -> Result<Vec<Message>> {
        let address = self.address(queue)?;
        let answer = self
            .clients
            .sqs
            .receive_message()
            .queue_url(&address.url)
            .max_number_of_messages(i32::try_from(limit).unwrap_or(10))
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .map_err(|refused| Error::delivery(queue, explain(&refused)))?;
        Ok(answer.messages.unwrap_or_default())
    }

    pub(super) async fn hand_over(
        &self,
        source: &QueueSource,
        messages: Vec<Message>,
    ) -> Result<Outcome> {
        if messages.is_empty() {
            return Ok(Outcome { received: 0, succeeded: 0, failure: None });
        }
        let address = self.address(&source.queue)?;
        let mounted = self.mounted(&source.function)?;
        let records = messages
            .iter()
            .map(|message| record(message, &address.arn, &self.region))
            .collect::<Vec<_>>();
        let answer = mounted.function.call(json!({ "Records": records }), mounted.limit).await;
        let ids = messages
            .iter()
            .filter_map(|message| message.message_id.as_deref())
            .collect::<BTreeSet<_>>();
        let failed = match &answer {
            Ok(answer) if source.reports_failures => failures(answer, &ids),
            Ok(_) => Ok(BTreeSet::new()),
            Err(cause) => Err(cause.clone()),
        };
        let mut outcome = Outcome { received: messages.len(), succeeded: 0, failure: None };
        let failed = match failed {
            Ok(failed) if failed.is_empty() => failed,
            Ok(failed) => {
                outcome.failure =
                    Some(format!("{} of {} messages failed", failed.len(), messages.len()));
                failed
            }
            Err(cause) => {
                outcome.failure = Some(cause);
                ids.iter().map(|id| (*id).to_owned()).collect()
            }
        };
        if let Some(cause) = &outcome.failure {
            tracing::warn!(function = %source.function, "{} failed: {cause}", source.function);
        }
        for message in &messages {
            let Some(receipt) = message.receipt_handle.clone() else {
                continue;
            };
            if message.message_id.as_ref().is_some_and(|id| failed.contains(id)) {
                self.hold(&source.queue, receipt);
                continue;
            }
            let request =
                self.clients.sqs.delete_message().queue_url(&address.url).receipt_handle(&receipt);
            match request.send().await {
                Ok(_) => outcome.succeeded += 1,
                Err(refused) => {
                    outcome.failure =
                        Some(Error::delivery(&source.queue, explain(&refused)).to_string());
                    self.hold(&source.queue, receipt);
                }
            }
        }
        Ok(outcome)
    }

    /// Remembers a message that stays on its queue, currently invisible.
    fn hold(&self, queue: &str, receipt: String) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let receipts = held.entry(queue.to_owned()).or_default();
        // Only tests release them; a process that runs for weeks must not collect them.
        if receipts.len() < MAX_HELD {
            receipts.push(receipt);
        }
    }

    pub(super) async fn depth(&self, queue: &str) -> Result<Depth> {
        let address = self.address(queue)?;
        let request = self
            .clients
            .sqs
            .get_queue_attributes()
            .queue_url(&address.url)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesDelayed);
        let answer =
            request.send().await.map_err(|refused| Error::delivery(queue, explain(&refused)))?;
        let figure = |name| {
            let value = answer.attributes().and_then(|all| all.get(&name));
            value.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        Ok(Depth {
            visible: figure(QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: figure(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            delayed: figure(QueueAttributeName::ApproximateNumberOfMessagesDelayed)
                + self.delays.as_ref().map_or(0, |delays| delays.waiting(&address.name)),
        })
    }

    pub(super) async fn send(&self, queue: &str, body: &str) -> Result<String> {
        let address = self.address(queue)?;
        let request = self.clients.sqs.send_message().queue_url(&address.url).message_body(body);
        let answer =
            request.send().await.map_err(|refused| Error::delivery(queue, explain(&refused)))?;
        Ok(answer.message_id.unwrap_or_default())
    }

    pub(super) async fn redrive(&self, queue: &str) -> Result<usize> {
        let dead_letters = self.dead_letters(queue)?;
        let (from, to) = (self.address(&dead_letters)?, self.address(queue)?);
        let mut moved = 0;
        loop {
            let messages = self.receive(&dead_letters, 10, 0).await?;
            if messages.is_empty() {
                return Ok(moved);
            }
            for message in messages {
                let request = self
                    .clients
                    .sqs
                    .send_message()
                    .queue_url(&to.url)
                    .message_body(message.body.unwrap_or_default())
                    .set_message_attributes(message.message_attributes);
                request
                    .send()
                    .await
                    .map_err(|refused| Error::delivery(queue, explain(&refused)))?;
                // Deleted only now: losing a message is worse than receiving it twice.
                let receipt = message.receipt_handle.unwrap_or_default();
                let request =
                    self.clients.sqs.delete_message().queue_url(&from.url).receipt_handle(receipt);
                request
                    .send()
                    .await
                    .map_err(|refused| Error::delivery(&dead_letters, explain(&refused)))?;
                moved += 1;
            }
        }
    }

    pub(super) async fn release(&self, queue: &str) -> Result<usize> {
        let address = self.address(queue)?;
        let receipts = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(queue)
            .unwrap_or_default();
        let mut released = match &self.delays {
            Some(delays) => delays.release(&address.name).await,
            None => 0,
        };
        for receipt in receipts {
            let request = self
                .clients
                .sqs
                .change_message_visibility()
                .queue_url(&address.url)
                .receipt_handle(receipt)
                .visibility_timeout(0);
            // A message whose timeout has ended is already visible.
            if request.send().await.is_ok() {
                released += 1;
            }
        }
        Ok(released)
    }

    pub(super) fn dead_letters(&self, queue: &str) -> Result<String> {
        let address = self.address(queue)?;
        let missing = || Error::delivery(queue, "it has no dead-letter queue");
        address.dead_letters.clone().ok_or_else(missing)
    }

    fn address(&self, queue: &str) -> Result<&Address> {
        let known = || self.addresses.keys().map(String::as_str);
        self.addresses.get(queue).ok_or_else(|| Error::unknown("queue", queue, known()))
    }
}

/// The messages that a function reports as failed. A result with an unknown message, or one that
/// cannot be parsed, fails the entire batch, as on AWS.
fn failures(
    answer: &Value,
    given: &BTreeSet<&str>,
) -> std::result::Result<BTreeSet<String>, String> {
    let reported = match &answer["batchItemFailures"] {
        Value::Null => return Ok(BTreeSet::new()),
        Value::Array(reported) => reported,
        other => return Err(format!("batchItemFailures is not a list: {other}")),
    };
    let mut failed = BTreeSet::new();
    for item in reported {
        match item["itemIdentifier"].as_str() {
            Some(id) if given.contains(id) => failed.insert(id.to_owned()),
            _ => {
                return Err(format!(
                    "batchItemFailures names something else than a message of the batch: {item}"
                ));
            }
        };
    }
    Ok(failed)
}

/// One record of an SQS event.
fn record(message: &Message, arn: &str, region: &str) -> Value {
    let mut attributes = Map::new();
    for (name, value) in message.attributes.iter().flatten() {
        attributes.insert(name.as_str().to_owned(), Value::String(value.clone()));
    }
    let mut own = Map::new();
    for (name, value) in message.message_attributes.iter().flatten() {
        own.insert(name.clone(), own_attribute(value));
    }
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": own,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    })
}

fn own_attribute(value: &MessageAttributeValue) -> Value {
    let mut attribute =
        json!({ "stringListValues": [], "binaryListValues": [], "dataType": value.data_type });
    if let Some(text) = &value.string_value {
        attribute["stringValue"] = json!(text);
    }
    if let Some(binary) = &value.binary_value {
        attribute["binaryValue"] = json!(STANDARD.encode(binary.as_ref()));
    }
    attribute
}

//! The outbox: a message is written in the transaction of the change that it announces, sent to its
//! queue by the table's stream, and then removed.

use aws_sdk_sqs::types::MessageAttributeValue;
use provost_domain::{
    MessageId, RequestId, Timestamp,
    message::{Envelope, Message, Queue},
    time::MINUTE,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, s},
    transaction::Condition,
};

/// The scheduler sends a message that the stream has not delivered after this long, in
/// milliseconds.
pub const OVERDUE: i64 = 5 * MINUTE;
/// The maximum length of the reason in a dead letter, in characters.
const MAX_REASON: usize = 500;
/// The partition prefix in the stream's filter.
pub const PREFIX: &str = "OUTBOX#";

/// A message waiting to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Its id.
    pub id: MessageId,
    /// The content.
    pub message: Message,
    /// Groups messages in the index `due`.
    pub due_kind: String,
    /// When the scheduler sends it, if the stream has not.
    pub due_at: Timestamp,
    /// The request that sent it; `None` for a message of a release before this one, or one that no
    /// request sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<RequestId>,
}

/// The key of a message.
pub fn key(id: MessageId) -> Key {
    Key::new(format!("{PREFIX}{id}"), "MESSAGE")
}

impl Transaction {
    /// Sends a message as part of the transaction, with the id of its request.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn send(
        &mut self,
        id: MessageId,
        message: Message,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let waiting = Waiting {
            id,
            message,
            due_kind: "outbox".to_owned(),
            due_at: now.plus(OVERDUE),
            request_id: self.store().request_id(),
        };
        let (item, table) =
            (encode("a message", &key(id), &waiting)?, self.store().names().operations.clone());
        self.put(Conflict::Outbox, &table, item, Condition::absent())
    }
}

impl Store {
    /// Reads a waiting message from an item of the stream or of the index.
    ///
    /// # Errors
    /// `Unreadable` for an item in another format.
    pub fn read_waiting(item: Item) -> Result<Waiting, StoreError> {
        decode("a message", item)
    }

    /// Sends a waiting message to its queue, with the id of the request that wrote it, and then
    /// removes it from the outbox. If the process dies in between, the message is sent twice, and
    /// the receiver detects that.
    ///
    /// # Errors
    /// `Unavailable`, or `Unreadable` for a message that this release does not know; the message
    /// then stays in the outbox.
    pub async fn deliver(&self, waiting: &Waiting) -> Result<(), StoreError> {
        self.put_on_queue(&waiting.message, waiting.request_id, 0).await?;
        let gone = self
            .dynamo
            .delete_item()
            .table_name(&self.names.operations)
            .set_key(Some(key(waiting.id).attributes()));
        gone.send()
            .await
            .map(drop)
            .map_err(|cause| StoreError::unavailable("clearing the outbox", cause))
    }

    /// Puts a message on its queue, with the id of the current request, visible after a delay of at
    /// most 900 seconds.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a message that this release does not know.
    pub async fn enqueue(&self, message: &Message, delay_seconds: i32) -> Result<(), StoreError> {
        self.put_on_queue(message, self.request_id(), delay_seconds).await
    }

    async fn put_on_queue(
        &self,
        message: &Message,
        request_id: Option<RequestId>,
        delay_seconds: i32,
    ) -> Result<(), StoreError> {
        let queue = message.queue().ok_or_else(|| {
            StoreError::unreadable("a message", "it is of no kind that this version knows")
        })?;
        let body = serde_json::to_string(&Envelope { message: message.clone(), request_id })
            .map_err(|cause| StoreError::unreadable("a message", cause))?;
        let call = self
            .sqs
            .send_message()
            .queue_url(self.queue_url(queue))
            .message_body(body)
            .delay_seconds(delay_seconds.clamp(0, 900));
        call.send()
            .await
            .map(drop)
            .map_err(|cause| StoreError::unavailable("sending a message", cause))
    }

    /// Puts the text of a message that no retry can fix on the dead-letter queue of its queue, with
    /// the reason as the attribute `reason`. The caller then lets SQS delete it; if the process
    /// dies in between, it is on both queues.
    ///
    /// # Errors
    /// `Unavailable`, also when the deployment has no such queue.
    pub async fn give_up(&self, queue: Queue, body: &str, reason: &str) -> Result<(), StoreError> {
        let url = self.names.dead_letters.get(&queue).ok_or_else(|| {
            StoreError::unavailable("giving a message up", "no dead-letter queue is set")
        })?;
        // An attribute has at least one character, and only characters that XML 1.0 allows.
        let reason: String = reason.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect();
        let reason = if reason.is_empty() { "unknown".to_owned() } else { reason };
        let reason =
            MessageAttributeValue::builder().data_type("String").string_value(reason).build();
        let reason = reason.map_err(|cause| StoreError::unreadable("a reason", cause))?;
        let call = self
            .sqs
            .send_message()
            .queue_url(url)
            .message_body(body)
            .message_attributes("reason", reason);
        call.send()
            .await
            .map(drop)
            .map_err(|cause| StoreError::unavailable("giving a message up", cause))
    }

    /// Schedules the next delivery of a received message after so many seconds, instead of its
    /// queue's visibility timeout.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn deliver_again(
        &self,
        queue: Queue,
        receipt: &str,
        seconds: i32,
    ) -> Result<(), StoreError> {
        let call = self
            .sqs
            .change_message_visibility()
            .queue_url(self.queue_url(queue))
            .receipt_handle(receipt)
            .visibility_timeout(seconds);
        call.send().await.map(drop).map_err(|cause| {
            StoreError::unavailable("changing when a message is delivered again", cause)
        })
    }

    pub(crate) fn queue_url(&self, queue: Queue) -> &str {
        match queue {
            Queue::Mail => &self.names.mail_queue,
            Queue::Export => &self.names.export_queue,
            Queue::Deletion => &self.names.deletion_queue,
            Queue::Bulk => &self.names.bulk_queue,
        }
    }

    /// Messages that the stream should have delivered before `now`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn overdue_messages(
        &self,
        now: Timestamp,
        limit: i32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let keys = self.due("outbox", now, limit).await?;
        let mut waiting = Vec::new();
        for key in keys {
            let found = self
                .dynamo
                .get_item()
                .table_name(&self.names.operations)
                .set_key(Some(key.attributes()))
                .consistent_read(true);
            let found = found
                .send()
                .await
                .map_err(|cause| StoreError::unavailable("reading the outbox", cause))?;
            if let Some(item) = found.item {
                waiting.push(Self::read_waiting(item)?);
            }
        }
        Ok(waiting)
    }

    /// The keys of items that fell due before or at `now`, by kind, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn due(
        &self,
        kind: &str,
        now: Timestamp,
        limit: i32,
    ) -> Result<Vec<Key>, StoreError> {
        let call = self
            .dynamo
            .query()
            .table_name(&self.names.operations)
            .index_name("due")
            .key_condition_expression("dueKind = :kind AND dueAt <= :now")
            .expression_attribute_values(":kind", s(kind))
            .expression_attribute_values(":now", s(now.to_string()))
            .limit(limit);
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("reading what is due", cause))?;
        let text = |item: &Item, name: &str| {
            item.get(name).and_then(|value| value.as_s().ok().cloned()).unwrap_or_default()
        };
        Ok(answer.items().iter().map(|item| Key::new(text(item, "pk"), text(item, "sk"))).collect())
    }
}

//! What the status page reads: whether tables and buckets respond, how many messages wait, and when
//! scheduled work last ran.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::{FutureExt, TryFutureExt};
use provost_domain::{Timestamp, message::Queue};

use crate::{
    Store, StoreError,
    item::{Item, Key, s},
    outbox,
};

/// Messages of a queue. SQS counts approximately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that are being processed.
    pub in_flight: u64,
    /// Messages that are delivered later.
    pub delayed: u64,
}

fn time(item: &Item, name: &str) -> Option<Timestamp> {
    item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()?.parse().ok())
}

impl Store {
    /// Reads an item that does not exist from every table, to see whether they respond.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn check_tables(&self) -> Result<(), StoreError> {
        let names = &self.names;
        // A function may be allowed these keys only.
        let key = Key::new("METRIC#totals", "NOW");
        let key = &key;
        let tables = [
            &names.accounts,
            &names.organisations,
            &names.operations,
            &names.catalogue,
            &names.audit,
        ];
        let reads =
            tables.into_iter().map(|table| self.get(table, key, "checking a table").boxed());
        futures_util::future::try_join_all(reads).await.map(drop)
    }

    /// Lists at most one object of every bucket, to see whether they respond.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn check_buckets(&self) -> Result<(), StoreError> {
        let lists = [&self.names.files, &self.names.exports].into_iter().map(|bucket| {
            let call = self.s3.list_objects_v2().bucket(bucket).prefix("status/").max_keys(1);
            call.send().map_err(|cause| StoreError::unavailable("checking a bucket", cause)).boxed()
        });
        futures_util::future::try_join_all(lists).await.map(drop)
    }

    /// The number of messages of a queue, and of its dead-letter queue if the deployment names one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn queue_depth(&self, queue: Queue) -> Result<(QueueDepth, Option<u64>), StoreError> {
        let depth = self.depth_of(self.queue_url(queue)).await?;
        let dead = match self.names.dead_letters.get(&queue) {
            Some(url) => Some(self.depth_of(url).await?.waiting),
            None => None,
        };
        Ok((depth, dead))
    }

    async fn depth_of(&self, url: &str) -> Result<QueueDepth, StoreError> {
        use QueueAttributeName as Name;
        let names = [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        ];
        let call = self
            .sqs
            .get_queue_attributes()
            .queue_url(url)
            .set_attribute_names(Some(names.to_vec()));
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("counting messages", cause))?;
        let number = |name: &Name| {
            let value = answer.attributes().and_then(|attributes| attributes.get(name));
            value.and_then(|value| value.parse().ok()).unwrap_or(0)
        };
        let [waiting, in_flight, delayed] = &names;
        Ok(QueueDepth {
            waiting: number(waiting),
            in_flight: number(in_flight),
            delayed: number(delayed),
        })
    }

    /// When the oldest message of the outbox was written; none if it is empty.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn oldest_waiting_message(&self) -> Result<Option<Timestamp>, StoreError> {
        let call = self
            .dynamo
            .query()
            .table_name(&self.names.operations)
            .index_name("due")
            .key_condition_expression("dueKind = :kind")
            .expression_attribute_values(":kind", s("outbox"))
            .limit(1);
        let answer = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("reading the outbox", cause))?;
        let oldest = answer.items().first().and_then(|item| time(item, "dueAt"));
        Ok(oldest.map(|due| due.plus(-outbox::OVERDUE)))
    }

    /// When scheduled work of this name last ended, or may run until; none if it never ran.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn last_run(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        let key = Key::new(format!("LEASE#{name}"), "HOLDER");
        let found = self.get(&self.names.operations, &key, "reading the last run").await?;
        Ok(found.and_then(|item| time(&item, "heldUntil")))
    }
}

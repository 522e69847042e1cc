//! One change, written completely or not at all.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update},
};

use crate::{
    Conflict, Store, StoreError,
    error::{is_collision, is_condition},
    item::{Item, Key},
};

/// How often a transaction that collided with another is retried.
const COLLISIONS: u32 = 6;

/// The condition of a write.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    pub(crate) expression: Option<String>,
    pub(crate) names: Vec<(String, String)>,
    pub(crate) values: Vec<(String, AttributeValue)>,
}

impl Condition {
    /// No condition.
    pub fn none() -> Self {
        Self::default()
    }

    /// The item must not exist.
    pub fn absent() -> Self {
        Self::expression("attribute_not_exists(pk)")
    }

    /// The item must exist.
    pub fn present() -> Self {
        Self::expression("attribute_exists(pk)")
    }

    /// An expression; every name and value in it is a placeholder given by [`Self::name`] and
    /// [`Self::value`].
    pub fn expression(text: &'static str) -> Self {
        Self { expression: Some(text.to_owned()), ..Self::default() }
    }

    /// Defines a placeholder for an attribute's name.
    #[must_use]
    pub fn name(mut self, placeholder: &'static str, attribute: &'static str) -> Self {
        self.names.push((placeholder.to_owned(), attribute.to_owned()));
        self
    }

    /// Defines a placeholder for a value.
    #[must_use]
    pub fn value(mut self, placeholder: &'static str, value: AttributeValue) -> Self {
        self.values.push((placeholder.to_owned(), value));
        self
    }

    /// An attribute must have this value.
    pub fn equals(attribute: &'static str, value: AttributeValue) -> Self {
        Self::expression("#eq = :eq").name("#eq", attribute).value(":eq", value)
    }
}

/// A change under construction.
#[derive(Debug)]
pub struct Transaction {
    store: Store,
    writes: Vec<(Conflict, TransactWriteItem)>,
}

macro_rules! built {
    ($builder:expr) => {
        // The builders fail only when a required member is missing, and each is given right here.
        $builder.build().map_err(|cause| StoreError::unreadable("a transaction", cause))?
    };
}

impl Store {
    /// Begins a change.
    pub fn transaction(&self) -> Transaction {
        Transaction { store: self.clone(), writes: Vec::new() }
    }
}

impl Transaction {
    /// The store that it writes to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The number of items written so far.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether it writes nothing.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Writes a complete item. The conflict identifies the write when its condition does not hold.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn put(
        &mut self,
        conflict: Conflict,
        table: &str,
        item: Item,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .set_condition_expression(condition.expression)
            .set_expression_attribute_names(map(condition.names))
            .set_expression_attribute_values(map(condition.values));
        self.writes.push((conflict, TransactWriteItem::builder().put(built!(put)).build()));
        Ok(())
    }

    /// Changes attributes of an item.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn update(
        &mut self,
        conflict: Conflict,
        table: &str,
        key: &Key,
        update: &'static str,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key.attributes()))
            .update_expression(update)
            .set_condition_expression(condition.expression)
            .set_expression_attribute_names(map(condition.names))
            .set_expression_attribute_values(map(condition.values));
        self.writes.push((conflict, TransactWriteItem::builder().update(built!(update)).build()));
        Ok(())
    }

    /// Removes an item.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn delete(
        &mut self,
        conflict: Conflict,
        table: &str,
        key: &Key,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let delete = Delete::builder()
            .table_name(table)
            .set_key(Some(key.attributes()))
            .set_condition_expression(condition.expression)
            .set_expression_attribute_names(map(condition.names))
            .set_expression_attribute_values(map(condition.values));
        self.writes.push((conflict, TransactWriteItem::builder().delete(built!(delete)).build()));
        Ok(())
    }

    /// Requires a condition of an item that is not written.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check(
        &mut self,
        conflict: Conflict,
        table: &str,
        key: &Key,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let check = ConditionCheck::builder()
            .table_name(table)
            .set_key(Some(key.attributes()))
            .condition_expression(condition.expression.unwrap_or_default())
            .set_expression_attribute_names(map(condition.names))
            .set_expression_attribute_values(map(condition.values));
        self.writes
            .push((conflict, TransactWriteItem::builder().condition_check(built!(check)).build()));
        Ok(())
    }

    /// Commits the change. A single write is sent as such, at half the price of a transaction. A
    /// collision with another transaction is retried; a condition that does not hold is not.
    ///
    /// # Errors
    /// `Conflict` with the conflict of the first condition that did not hold, or
    /// [`Conflict::Collision`]; `Unavailable`.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { store, mut writes } = self;
        if writes.is_empty() {
            return Ok(());
        }
        if writes.len() == 1
            && let Some((conflict, single)) = writes.pop()
        {
            let mut attempt = 0;
            loop {
                match store.write_single(conflict, single.clone()).await {
                    Err(StoreError::Conflict(Conflict::Collision)) if attempt < COLLISIONS => {
                        attempt += 1;
                        tokio::time::sleep(jitter(attempt)).await;
                    }
                    done => return done,
                }
            }
        }
        let (conflicts, mut items): (Vec<_>, Vec<_>) = writes.into_iter().unzip();
        let mut attempt = 0;
        loop {
            let Err(error) = store
                .dynamo
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .send()
                .await
            else {
                return Ok(());
            };
            match cancelled(&error, &conflicts) {
                Some(Cancelled::Condition(conflict)) => return Err(StoreError::Conflict(conflict)),
                Some(Cancelled::Collision(throttled)) if attempt < COLLISIONS => {
                    attempt += 1;
                    for position in throttled
                        .into_iter()
                        .filter(|position| conflicts.get(*position) == Some(&Conflict::AuditEntry))
                    {
                        if let Some(entry) =
                            items.get_mut(position).and_then(|item| item.put.as_mut())
                        {
                            store.move_throttled_entry(&mut entry.item).await?;
                        }
                    }
                    tokio::time::sleep(jitter(attempt)).await;
                }
                // A caller that reads and evaluates the request again may still succeed.
                Some(Cancelled::Collision(_)) => {
                    return Err(StoreError::Conflict(Conflict::Collision));
                }
                _ => return Err(StoreError::unavailable("a change", error)),
            }
        }
    }
}

/// The maximum number of times the step of [`jitter`] is doubled.
const DOUBLED: u32 = 4;

/// Full jitter (Brooker, “Exponential Backoff And Jitter”): any delay between zero and the doubled
/// step, so that colliding writers spread.
pub fn jitter(attempt: u32) -> Duration {
    let mut random = [0; 2];
    // Without randomness the delay is the full step: late, but correct.
    let spread = aws_lc_rs::rand::fill(&mut random)
        .map_or(u64::from(u16::MAX), |()| u64::from(u16::from_le_bytes(random)));
    Duration::from_millis((20 << attempt.min(DOUBLED)) * spread / u64::from(u16::MAX))
}

enum Cancelled {
    Condition(Conflict),
    /// Another transaction or too little throughput prevented it; the positions of the throttled
    /// writes.
    Collision(Vec<usize>),
}

/// Whether a code says that a partition, table or index had no throughput left.
fn is_throttled(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingError"
            | "ThrottlingException"
            | "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
    )
}

fn cancelled<R>(
    error: &SdkError<TransactWriteItemsError, R>,
    conflicts: &[Conflict],
) -> Option<Cancelled> {
    let service = error.as_service_error()?;
    match service.code() {
        Some("TransactionInProgressException") => return Some(Cancelled::Collision(Vec::new())),
        Some(code) if is_throttled(code) => {
            return Some(Cancelled::Collision((0..conflicts.len()).collect()));
        }
        _ => {}
    }
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = service else {
        return None;
    };
    let codes: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap_or("None"))
        .collect();
    if let Some(position) = codes.iter().position(|code| *code == "ConditionalCheckFailed") {
        return conflicts.get(position).copied().map(Cancelled::Condition);
    }
    let throttled: Vec<_> = codes
        .iter()
        .enumerate()
        .filter(|(_, code)| is_throttled(code))
        .map(|(position, _)| position)
        .collect();
    (!throttled.is_empty() || codes.contains(&"TransactionConflict"))
        .then_some(Cancelled::Collision(throttled))
}

fn single<E, R>(error: SdkError<E, R>, conflict: Conflict, action: &'static str) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if is_condition(&error) {
        StoreError::Conflict(conflict)
    } else if is_collision(&error) {
        StoreError::Conflict(Conflict::Collision)
    } else {
        StoreError::unavailable(action, error)
    }
}

impl Store {
    async fn write_single(
        &self,
        conflict: Conflict,
        mut write: TransactWriteItem,
    ) -> Result<(), StoreError> {
        if conflict == Conflict::AuditEntry
            && let Some(put) = write.put.take()
        {
            return self.write_entry(put).await;
        }
        if let Some(put) = write.put {
            let call = self
                .dynamo
                .put_item()
                .table_name(put.table_name)
                .set_item(Some(put.item))
                .set_condition_expression(put.condition_expression)
                .set_expression_attribute_names(put.expression_attribute_names)
                .set_expression_attribute_values(put.expression_attribute_values);
            return call.send().await.map(drop).map_err(|error| single(error, conflict, "a write"));
        }
        if let Some(update) = write.update {
            let call = self
                .dynamo
                .update_item()
                .table_name(update.table_name)
                .set_key(Some(update.key))
                .update_expression(update.update_expression)
                .set_condition_expression(update.condition_expression)
                .set_expression_attribute_names(update.expression_attribute_names)
                .set_expression_attribute_values(update.expression_attribute_values);
            return call
                .send()
                .await
                .map(drop)
                .map_err(|error| single(error, conflict, "an update"));
        }
        if let Some(delete) = write.delete {
            let call = self
                .dynamo
                .delete_item()
                .table_name(delete.table_name)
                .set_key(Some(delete.key))
                .set_condition_expression(delete.condition_expression)
                .set_expression_attribute_names(delete.expression_attribute_names)
                .set_expression_attribute_values(delete.expression_attribute_values);
            return call
                .send()
                .await
                .map(drop)
                .map_err(|error| single(error, conflict, "a removal"));
        }
        // A check alone changes nothing, so only a transaction can make it.
        self.dynamo.transact_write_items().transact_items(write).send().await.map(drop).map_err(
            |error| match cancelled(&error, &[conflict]) {
                Some(Cancelled::Condition(conflict)) => StoreError::Conflict(conflict),
                Some(Cancelled::Collision(_)) => StoreError::Conflict(Conflict::Collision),
                None => StoreError::unavailable("a check", error),
            },
        )
    }
}

impl Store {
    /// Writes an audit entry that belongs to no change. If its partition stays throttled after the
    /// client's own retries, the entry goes to another partition.
    async fn write_entry(&self, mut put: Put) -> Result<(), StoreError> {
        let mut attempt = 0;
        loop {
            let call = self
                .dynamo
                .put_item()
                .table_name(&put.table_name)
                .set_item(Some(put.item.clone()))
                .set_condition_expression(put.condition_expression.clone())
                .set_expression_attribute_names(put.expression_attribute_names.clone())
                .set_expression_attribute_values(put.expression_attribute_values.clone());
            let Err(error) = call.send().await else { return Ok(()) };
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
            match code {
                // The entry's id is unique, so the stored entry is this one: a response was lost
                // and the client retried.
                Some("ConditionalCheckFailedException") => return Ok(()),
                Some(code) if is_throttled(code) && attempt < COLLISIONS => {
                    attempt += 1;
                    self.move_throttled_entry(&mut put.item).await?;
                }
                _ => return Err(StoreError::unavailable("an audit entry", error)),
            }
        }
    }
}

fn map<V>(pairs: Vec<(String, V)>) -> Option<std::collections::HashMap<String, V>> {
    if pairs.is_empty() { None } else { Some(pairs.into_iter().collect()) }
}

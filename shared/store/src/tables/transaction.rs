//! One change, written completely or not at all.

mod cancelled;
mod condition;
mod retry;
mod single;

use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update};
use cancelled::{Cancelled, cancelled};
use retry::COLLISIONS;

use provost_domain::{RequestId, UserId, consistency::ConsistencyToken};

use crate::{
    Conflict, Store, StoreError,
    item::{Item, Key},
};

pub use condition::Condition;
pub use retry::jitter;

/// A change under construction.
#[derive(Debug)]
pub struct Transaction {
    store: Store,
    writes: Vec<(Conflict, TransactWriteItem)>,
    written: ConsistencyToken,
}

macro_rules! built {
    ($builder:expr) => {
        // The builders fail only when a required member is missing, and each is given right here.
        $builder.build().map_err(|cause| StoreError::unreadable("a transaction", cause))?
    };
}

impl Store {
    /// Begins a change, of the request that this handle belongs to.
    pub fn transaction(&self) -> Transaction {
        Transaction {
            store: self.clone(),
            writes: Vec::new(),
            written: ConsistencyToken::default(),
        }
    }
}

impl Transaction {
    /// Makes this a change of a request: the messages that it sends from now on carry its id.
    #[must_use]
    pub fn of_request(mut self, id: RequestId) -> Self {
        self.store.request_id = Some(id);
        self
    }

    /// The store that it writes to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The users that it writes, with their new revisions.
    pub const fn written(&self) -> &ConsistencyToken {
        &self.written
    }

    /// Notes that it writes a user.
    pub(crate) fn note_written(&mut self, user: UserId, revision: u64) {
        self.written.add(user, revision);
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
        update: impl Into<String>,
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
        let Self { store, mut writes, .. } = self;
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

fn map<V>(pairs: Vec<(String, V)>) -> Option<std::collections::HashMap<String, V>> {
    if pairs.is_empty() { None } else { Some(pairs.into_iter().collect()) }
}

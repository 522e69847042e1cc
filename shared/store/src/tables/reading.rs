//! Reads by key: one item, or many in as few requests as the service allows.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::{
    Store, StoreError,
    item::{Item, Key},
    wire::{self, Answer, Row},
};

/// The maximum number of keys in one request.
const MAX: usize = 100;
/// How often items that a throttled response left out are requested again.
const ROUNDS: usize = 8;

impl Store {
    /// One item by its key (strongly consistent); `action` names the read in an error.
    pub(crate) async fn get(
        &self,
        table: &str,
        key: &Key,
        action: &'static str,
    ) -> Result<Option<Item>, StoreError> {
        let call = self
            .dynamo
            .get_item()
            .table_name(table)
            .set_key(Some(key.attributes()))
            .consistent_read(true);
        Ok(call.send().await.map_err(|cause| StoreError::unavailable(action, cause))?.item)
    }

    /// The same, not yet decoded: data that every request needs is decoded directly into its type.
    pub(crate) async fn get_row(
        &self,
        table: &str,
        key: &Key,
        action: &'static str,
    ) -> Result<Option<Row>, StoreError> {
        let call = self
            .dynamo
            .get_item()
            .table_name(table)
            .set_key(Some(key.attributes()))
            .consistent_read(true);
        let body = wire::body(call.send())
            .await
            .map_err(|cause| StoreError::unavailable(action, cause))?;
        Ok(Answer::read(&body)?.rows.pop())
    }

    /// A few items of one table by key (strongly consistent), not yet decoded, with retries for
    /// items that a throttled response left out. Their order is undefined.
    pub(crate) async fn get_rows(&self, table: &str, keys: &[Key]) -> Result<Vec<Row>, StoreError> {
        let (mut rows, mut left) =
            (Vec::new(), keys.iter().map(Key::attributes).collect::<Vec<_>>());
        for _ in 0..ROUNDS {
            let keys =
                KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
            let keys = keys.map_err(|cause| StoreError::unreadable("a key", cause))?;
            let call = self.dynamo.batch_get_item().request_items(table, keys);
            let body = wire::body(call.send())
                .await
                .map_err(|cause| StoreError::unavailable("reading many items", cause))?;
            let answer = Answer::read(&body)?;
            rows.extend(answer.rows);
            left = answer.left;
            if left.is_empty() {
                return Ok(rows);
            }
        }
        Err(StoreError::unavailable("reading many items", "a table is throttled"))
    }

    /// Reads items of one table by key, a hundred in a request, with retries for items that a
    /// throttled response left out. Their order is undefined.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn batch_get(
        &self,
        table: &str,
        keys: Vec<Key>,
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        for keys in keys.chunks(MAX) {
            items.extend(
                self.batch_get_of(HashMap::from([(table.to_owned(), keys.to_vec())]), consistent)
                    .await?,
            );
        }
        Ok(items)
    }

    /// Reads items of several tables, at most a hundred, with retries for items that a throttled
    /// response left out.
    pub(crate) async fn batch_get_of(
        &self,
        wanted: HashMap<String, Vec<Key>>,
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let mut left = HashMap::new();
        for (table, keys) in wanted {
            let keys = keys.iter().map(Key::attributes).collect();
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(consistent)
                .build();
            left.insert(table, keys.map_err(|cause| StoreError::unreadable("a key", cause))?);
        }
        let (mut items, mut rounds) = (Vec::new(), 0);
        while !left.is_empty() {
            rounds += 1;
            if rounds > ROUNDS {
                return Err(StoreError::unavailable("reading many items", "a table is throttled"));
            }
            let call = self.dynamo.batch_get_item().set_request_items(Some(left));
            let answer = call
                .send()
                .await
                .map_err(|cause| StoreError::unavailable("reading many items", cause))?;
            items.extend(answer.responses.unwrap_or_default().into_values().flatten());
            left = answer.unprocessed_keys.unwrap_or_default();
        }
        Ok(items)
    }
}

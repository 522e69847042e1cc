//! Attempts by address: counted in one conditional write, under the address's digest, gone by TTL.

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use provost_domain::{
    Refused, Timestamp,
    lockout::{AddressLimit, too_many},
};

use crate::{
    Store, StoreError,
    error::is_condition,
    item::{Key, n},
};

/// Where an address's count stands; a new window is a new item.
fn key(limit: AddressLimit, address: &str, now: Timestamp) -> Key {
    let window = now.millis() / limit.window;
    Key::new(format!("THROTTLE#{}#{}", limit.name, hex::encode(digest(&SHA256, address.as_bytes()))), format!("WINDOW#{window}"))
}

impl Store {
    /// Counts one attempt and says whether it is within the limit. Exact under concurrency: the count is the condition.
    ///
    /// # Errors
    /// `Unavailable`. The refusal itself is in the answer.
    pub async fn attempt(&self, limit: AddressLimit, address: &str, now: Timestamp) -> Result<Result<(), Refused>, StoreError> {
        let window_end = (now.millis() / limit.window + 1) * limit.window;
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(key(limit, address, now).attributes()))
            .update_expression("ADD attempts :one SET #ttl = :ttl")
            .condition_expression("attribute_not_exists(attempts) OR attempts < :most")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":most", n(limit.most))
            .expression_attribute_values(":ttl", n((window_end + limit.block) / 1000 + 60))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None);
        match call.send().await {
            Ok(_) => Ok(Ok(())),
            Err(error) if is_condition(&error) => Ok(Err(too_many(window_end - now.millis()))),
            Err(error) => Err(StoreError::unavailable("counting attempts", error)),
        }
    }

    /// Whether an address is blocked for failed attempts that were counted with [`Self::attempt`] before; counts nothing.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn blocked(&self, limit: AddressLimit, address: &str, now: Timestamp) -> Result<Result<(), Refused>, StoreError> {
        // The block outlives the window it was earned in, so earlier windows count as long as their block reaches here.
        let windows = 1 + (limit.block + limit.window - 1) / limit.window;
        let keys = (0..windows).map(|back| key(limit, address, now.plus(-back * limit.window))).collect();
        // Read at half the price: a count that is a moment old lets at most one guess more through, and the count itself is exact.
        for item in self.batch_get(&self.names.operations, keys, false).await? {
            let number = |name: &str| item.get(name).and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
            if number("attempts").unwrap_or(0) < i64::from(limit.most) {
                continue;
            }
            let Some(window) = item.get("sk").and_then(|sk| sk.as_s().ok()?.strip_prefix("WINDOW#")?.parse::<i64>().ok()) else { continue };
            let until = (window + 1) * limit.window + limit.block;
            if now.millis() < until {
                return Ok(Err(too_many(until - now.millis())));
            }
        }
        Ok(Ok(()))
    }
}

//! Attempts by address or account: counted in one conditional write, under the address's digest, gone by TTL.

use std::collections::BTreeMap;

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

/// Until when an address is blocked for what was counted by window. Two windows in a row count together: the limit holds for any stretch of time as long as a window, also
/// for one that lies across the edge of two.
fn blocked_until(limit: AddressLimit, counts: &BTreeMap<i64, u32>) -> Timestamp {
    let used_up = |window: &i64| counts[window] + counts.get(&(window - 1)).copied().unwrap_or(0) >= limit.most;
    let last = counts.keys().rev().find(|window| used_up(window));
    Timestamp::from_millis(last.map_or(0, |window| (window + 1) * limit.window + limit.block))
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
        // The block outlives the window it was earned in, so earlier windows count as long as their block reaches here, each with the one before it.
        let windows = 2 + (limit.block + limit.window - 1) / limit.window;
        let keys = (0..windows).map(|back| key(limit, address, now.plus(-back * limit.window))).collect();
        let mut counts = BTreeMap::new();
        // Read at half the price: a count that is a moment old lets at most one guess more through, and the count itself is exact.
        for item in self.batch_get(&self.names.operations, keys, false).await? {
            let attempts = item.get("attempts").and_then(|value| value.as_n().ok()?.parse::<u32>().ok());
            let window = item.get("sk").and_then(|sk| sk.as_s().ok()?.strip_prefix("WINDOW#")?.parse::<i64>().ok());
            if let (Some(attempts), Some(window)) = (attempts, window) {
                counts.insert(window, attempts);
            }
        }
        let until = blocked_until(limit, &counts);
        Ok(if now < until { Err(too_many(until.since(now))) } else { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost_domain::{lockout::FAILED_SIGN_INS, time::MINUTE};

    #[test]
    fn a_burst_across_the_edge_of_two_windows_blocks_as_one_within_a_window_does() {
        let until = |counts: &[(i64, u32)]| blocked_until(FAILED_SIGN_INS, &counts.iter().copied().collect()).millis() / MINUTE;
        assert_eq!(until(&[]), 0);
        assert_eq!(until(&[(7, 19)]), 0);
        assert_eq!(until(&[(7, 20)]), 8 * 10 + 30);
        assert_eq!(until(&[(7, 19), (8, 1)]), 9 * 10 + 30);
        assert_eq!(until(&[(7, 19), (9, 19)]), 0, "between these there were ten quiet minutes");
        assert_eq!(until(&[(6, 20), (7, 1)]), 8 * 10 + 30);
    }
}

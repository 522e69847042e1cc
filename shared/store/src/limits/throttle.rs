//! Rate limits by address or account: attempts are counted in one conditional write, under the
//! digest of the address or account, and removed by TTL.
//!
//! A sliding limit counts by window, too, and keeps the times: the remaining number is the limit
//! less the attempts of the previous window that are recent enough. These are read first, and do
//! not change any more. So every attempt makes the same requests, and their number does not reveal
//! whether an account exists.
//!
//! A request with an `Idempotency-Key` leaves its mark in the count, so that of many simultaneous
//! requests with one key only the first counts.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use provost_domain::{Timestamp, lockout::AddressLimit};

use crate::{
    Store, StoreError,
    error::is_condition,
    item::{Item, Key, n},
};

/// The key of an address's count; a new window is a new item.
fn key(limit: AddressLimit, who: &str, now: Timestamp) -> Key {
    let window = now.millis() / limit.window;
    Key::new(
        format!("THROTTLE#{}#{}", limit.name, hex::encode(digest(&SHA256, who.as_bytes()))),
        format!("WINDOW#{window}"),
    )
}

/// Until when an address is blocked, given the counts by window. Two consecutive windows count
/// together: the limit holds for any period as long as a window, even one that spans two of them.
fn blocked_until(limit: AddressLimit, counts: &BTreeMap<i64, u32>) -> Timestamp {
    let used_up = |window: &i64| {
        counts[window] + counts.get(&(window - 1)).copied().unwrap_or(0) >= limit.most
    };
    let last = counts.keys().rev().find(|window| used_up(window));
    Timestamp::from_millis(last.map_or(0, |window| (window + 1) * limit.window + limit.block))
}

impl Store {
    /// Counts one attempt. Returns nothing if it is within the limit, and otherwise the milliseconds
    /// until the next attempt. Exact under concurrency: the count is the condition. All attempts
    /// with one mark count once.
    ///
    /// # Errors
    /// `Unavailable`.
    #[expect(clippy::disallowed_methods, reason = "both are for the request context to call")]
    pub async fn attempt_once(
        &self,
        limit: AddressLimit,
        who: &str,
        mark: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        self.attempt_several(limit, who, 1, mark, now).await
    }

    /// Counts like [`Self::attempt_once`] an attempt that counts `amount` times, all or none of them.
    /// The limit must not be a sliding one, unless the amount is 1.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn attempt_several(
        &self,
        limit: AddressLimit,
        who: &str,
        amount: u32,
        mark: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let window_end = (now.millis() / limit.window + 1) * limit.window;
        let recent =
            if limit.sliding { self.recent_attempts(limit, who, now).await? } else { Vec::new() };
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        // The amount fits while fewer than this are counted.
        let left = (size(limit.most) + 1).saturating_sub(recent.len() + size(amount));
        let kept_until = window_end + limit.block + if limit.sliding { limit.window } else { 0 };
        let mut change = "ADD attempts :amount".to_owned();
        // Without any attempt in this window there is no attribute to compare.
        let mut condition = if left > 0 {
            "(attribute_not_exists(attempts) OR attempts < :left)"
        } else {
            "attempts < :left"
        }
        .to_owned();
        let mut call = self
            .dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(key(limit, who, now).attributes()))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":amount", n(amount))
            .expression_attribute_values(":left", n(left))
            .expression_attribute_values(":ttl", n(kept_until / 1000 + 60));
        if let Some(mark) = mark {
            change.push_str(", marks :marks");
            condition.push_str(" AND NOT contains(marks, :mark)");
            call = call
                .expression_attribute_values(":mark", AttributeValue::S(mark.to_owned()))
                .expression_attribute_values(":marks", AttributeValue::Ss(vec![mark.to_owned()]));
        }
        change.push_str(" SET #ttl = :ttl");
        if limit.sliding {
            change.push_str(", times = list_append(if_not_exists(times, :none), :now)");
            call = call
                .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
                .expression_attribute_values(":now", AttributeValue::L(vec![n(now.millis())]));
        }
        if limit.sliding || mark.is_some() {
            call = call.return_values_on_condition_check_failure(
                ReturnValuesOnConditionCheckFailure::AllOld,
            );
        }
        let Err(error) =
            call.update_expression(change).condition_expression(condition).send().await
        else {
            return Ok(None);
        };
        if !is_condition(&error) {
            return Err(StoreError::unavailable("counting attempts", error));
        }
        let found = match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => failed.item(),
            _ => None,
        };
        if mark.is_some_and(|mark| is_marked(found, mark)) {
            return Ok(None);
        }
        let mut counting = recent;
        counting
            .extend(found.filter(|_| limit.sliding).into_iter().flat_map(|item| times(item, now)));
        let next = limit.next_attempt(&counting).map_or(window_end, Timestamp::millis);
        Ok(Some(next - now.millis()))
    }

    /// The attempts of the previous window that still count against a sliding limit.
    async fn recent_attempts(
        &self,
        limit: AddressLimit,
        who: &str,
        now: Timestamp,
    ) -> Result<Vec<Timestamp>, StoreError> {
        let window = now.millis() / limit.window;
        let before = key(limit, who, now.plus(-limit.window));
        let found = self.get(&self.names.operations, &before, "counting attempts").await?;
        let last = Timestamp::from_millis(window * limit.window - 1);
        Ok(found.map(|item| limit.counting(&times(&item, last), now)).unwrap_or_default())
    }

    /// Removes the mark of a refused request: when it is sent again, it counts as another request.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn unmark(
        &self,
        limit: AddressLimit,
        who: &str,
        mark: &str,
        counted_at: Timestamp,
    ) -> Result<(), StoreError> {
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(key(limit, who, counted_at).attributes()))
            .update_expression("DELETE marks :marks")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":marks", AttributeValue::Ss(vec![mark.to_owned()]));
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("counting attempts", error)),
        }
    }

    /// The milliseconds for which an address is still blocked for failed attempts that were counted
    /// with [`Self::attempt_once`] before, if it is blocked; counts nothing.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn blocked(
        &self,
        limit: AddressLimit,
        who: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        // The block outlives the window that caused it, so earlier windows count as long as their
        // block reaches here, each with the one before it.
        let windows = 2 + (limit.block + limit.window - 1) / limit.window;
        let keys =
            (0..windows).map(|back| key(limit, who, now.plus(-back * limit.window))).collect();
        let mut counts = BTreeMap::new();
        // An eventually consistent read at half the price: a count that is slightly old allows at
        // most one more guess, and the count itself is exact.
        for item in self.batch_get(&self.names.operations, keys, false).await? {
            let attempts =
                item.get("attempts").and_then(|value| value.as_n().ok()?.parse::<u32>().ok());
            let window = item
                .get("sk")
                .and_then(|sk| sk.as_s().ok()?.strip_prefix("WINDOW#")?.parse::<i64>().ok());
            if let (Some(attempts), Some(window)) = (attempts, window) {
                counts.insert(window, attempts);
            }
        }
        let until = blocked_until(limit, &counts);
        Ok((now < until).then(|| until.since(now)))
    }
}

/// The attempts in a window of a sliding limit. Attempts that an earlier release counted have no
/// time, and count as the latest.
fn times(item: &Item, latest: Timestamp) -> Vec<Timestamp> {
    let listed = item.get("times").and_then(|times| times.as_l().ok()).into_iter().flatten();
    let mut times: Vec<_> =
        listed.filter_map(|at| at.as_n().ok()?.parse().ok()).map(Timestamp::from_millis).collect();
    let attempts =
        item.get("attempts").and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or(0);
    times.resize(times.len().max(attempts), latest);
    times
}

fn is_marked(item: Option<&Item>, mark: &str) -> bool {
    let marks = item.and_then(|item| item.get("marks")?.as_ss().ok());
    marks.is_some_and(|marks| marks.iter().any(|known| known == mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost_domain::{lockout::FAILED_SIGN_INS, time::MINUTE};

    #[test]
    fn a_burst_across_two_windows_blocks_like_one_within_a_window() {
        let until = |counts: &[(i64, u32)]| {
            blocked_until(FAILED_SIGN_INS, &counts.iter().copied().collect()).millis() / MINUTE
        };
        assert_eq!(until(&[]), 0);
        assert_eq!(until(&[(7, 19)]), 0);
        assert_eq!(until(&[(7, 20)]), 8 * 10 + 30);
        assert_eq!(until(&[(7, 19), (8, 1)]), 9 * 10 + 30);
        assert_eq!(until(&[(7, 19), (9, 19)]), 0, "between these there were ten quiet minutes");
        assert_eq!(until(&[(6, 20), (7, 1)]), 8 * 10 + 30);
    }
}

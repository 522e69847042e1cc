//! Active users by day, week, month and year, each counted once per period, in every time zone.
//!
//! The quarters of an hour in which a user was active are items of the user, one per day of UTC. A
//! user is new in a period if neither the quarter before nor the one after lies in it. So one
//! transaction adds the quarter and raises the counts of the periods that it begins, whatever the
//! order in which quarters arrive. The records of one user are in one shard of the stream, and
//! arrive one after the other.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::Date;
use provost_domain::{
    TimeZone, Timestamp, UserId, active_zones,
    analytics::{INTERVAL, Period, interval},
    time::DAY,
};

use crate::{
    Conflict, Store, StoreError,
    item::{Item, Key, n},
    records,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key of a user's active days.
pub const PREFIX: &str = "ACTIVE#";
/// How long an active day is kept, in milliseconds: until the year of any time zone that it is in
/// has ended.
const KEPT: i64 = 370 * DAY;
/// How often the marking of one quarter is tried while others are marked.
const ATTEMPTS: u32 = 5;

/// The key of a user's active day.
pub fn key(user: UserId, day: Date) -> Key {
    Key::new(records::partition(user), format!("{PREFIX}{day}"))
}

/// The quarters of an hour in which the user was active on this day, by their start, in order.
pub fn quarters(item: &Item) -> Vec<Timestamp> {
    let day = item
        .get("sk")
        .and_then(|sk| sk.as_s().ok()?.strip_prefix(PREFIX)?.parse::<Timestamp>().ok())
        .unwrap_or(Timestamp::from_millis(0));
    let listed = item.get("quarters").and_then(|value| value.as_ns().ok()).into_iter().flatten();
    let mut times: Vec<Timestamp> = listed
        .filter_map(|number| number.parse::<i64>().ok())
        .map(|number| day.plus(number * INTERVAL))
        .collect();
    times.sort_unstable();
    times
}

/// The periods that begin with an active quarter: by period and first date, the zones in which no
/// neighbour lies in the same period.
fn begun(at: Timestamp, neighbours: &[Timestamp]) -> BTreeMap<(Period, Date), Vec<String>> {
    let mut begun: BTreeMap<(Period, Date), Vec<String>> = BTreeMap::new();
    for (attribute, zone) in active_zones::zones() {
        let date = zone.date(at);
        let dates: Vec<Date> = neighbours.iter().map(|other| zone.date(*other)).collect();
        for period in Period::ALL {
            let first = period.first(date);
            if dates.iter().all(|other| period.first(*other) != first) {
                begun.entry((period, first)).or_default().push(attribute.clone());
            }
        }
    }
    begun
}

impl Store {
    /// Records that a user was active. Returns false if that was known, or the account is being
    /// erased.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mark_active(&self, user: UserId, at: Timestamp) -> Result<bool, StoreError> {
        let (day, number) = interval(at);
        let at = Timestamp::from_millis(at.millis() / INTERVAL * INTERVAL);
        for _ in 0..ATTEMPTS {
            let (before, after) = (
                self.active_days(user, day, false).await?,
                self.active_days(user, day, true).await?,
            );
            let all: Vec<Timestamp> = before.iter().chain(&after).flat_map(quarters).collect();
            if all.contains(&at) {
                return Ok(false);
            }
            let earlier = all.iter().filter(|time| **time < at).max();
            let later = all.iter().filter(|time| **time > at).min();
            let neighbours: Vec<Timestamp> =
                [earlier, later].into_iter().flatten().copied().collect();
            match self.begin_periods(user, day, number, &begun(at, &neighbours)).await {
                Ok(()) => return Ok(true),
                Err(error) if error.conflict() == Some(Conflict::ActiveDay) => {}
                Err(error) if error.conflict() == Some(Conflict::Erasing) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict(Conflict::ActiveDay))
    }

    /// The active day nearest to a day and that day itself, if they exist.
    async fn active_days(
        &self,
        user: UserId,
        day: Date,
        later: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let (day, walk) = (
            format!("{PREFIX}{day}"),
            Walk::of_table(&self.names.accounts, records::partition(user)),
        );
        let walk = if later {
            walk.between("sk", day, format!("{PREFIX}~"))
        } else {
            walk.between("sk", PREFIX, day).backward()
        };
        let (items, _, _) = self.step::<Item>(&walk, None, Some(2), true).await?;
        Ok(items)
    }

    async fn begin_periods(
        &self,
        user: UserId,
        day: Date,
        number: usize,
        begun: &BTreeMap<(Period, Date), Vec<String>>,
    ) -> Result<(), StoreError> {
        let mut tx = self.transaction();
        tx.check(
            Conflict::Erasing,
            &self.names.accounts,
            &records::key(user),
            Condition::expression("attribute_exists(pk) AND (attribute_not_exists(#deletion.#executing) OR #deletion.#executing = :no)")
                .name("#deletion", "deletion")
                .name("#executing", "executing")
                .value(":no", AttributeValue::Bool(false)),
        )?;
        let ttl = TimeZone::UTC.start_of(day).plus(KEPT).seconds();
        tx.update(
            Conflict::ActiveDay,
            &self.names.accounts,
            &key(user, day),
            "ADD quarters :quarter SET #ttl = :ttl",
            Condition::expression(
                "attribute_not_exists(quarters) OR NOT contains(quarters, :number)",
            )
            .name("#ttl", "ttl")
            .value(":quarter", AttributeValue::Ns(vec![number.to_string()]))
            .value(":number", n(number))
            .value(":ttl", n(ttl)),
        )?;
        for ((period, first), attributes) in begun {
            let adds: Vec<String> =
                attributes.iter().map(|attribute| format!("{attribute} :one")).collect();
            tx.update(
                Conflict::Counter,
                &self.names.operations,
                &Key::new(format!("ACTIVEUSERS#{}", period.as_str()), first.to_string()),
                format!("ADD {}", adds.join(", ")),
                Condition::none().value(":one", n(1)),
            )?;
        }
        tx.commit().await
    }

    /// The number of active users by period, from one first date to another, in the zone of this
    /// attribute (see `active_zones`); periods without any are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn active_users(
        &self,
        period: Period,
        from: Date,
        to: Date,
        attribute: &str,
    ) -> Result<BTreeMap<Date, i64>, StoreError> {
        let partition = format!("ACTIVEUSERS#{}", period.as_str());
        let walk = Walk::of_table(&self.names.operations, partition).between(
            "sk",
            from.to_string(),
            to.to_string(),
        );
        let (mut counts, mut after) = (BTreeMap::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let first = item.get("sk").and_then(|sk| sk.as_s().ok()?.parse::<Date>().ok());
                let count = item.get(attribute).and_then(|count| count.as_n().ok()?.parse().ok());
                counts.extend(first.zip(count));
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(counts),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_begins_only_periods_without_a_neighbour() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let periods = |time: &str, neighbours: &[&str]| {
            let neighbours: Vec<_> = neighbours.iter().map(|text| at(text)).collect();
            let begun = begun(at(time), &neighbours);
            let utc = begun.into_iter().filter(|(_, zones)| zones.contains(&"z00".to_owned()));
            utc.map(|((period, _), _)| period).collect::<Vec<_>>()
        };
        assert_eq!(periods("2026-11-18T10:00:00Z", &[]), Period::ALL);
        assert_eq!(periods("2026-11-18T10:00:00Z", &["2026-11-17T23:45:00Z"]), [Period::Day]);
        assert_eq!(
            periods("2026-11-18T10:00:00Z", &["2026-11-15T23:45:00Z"]),
            [Period::Day, Period::Week],
            "a Sunday belongs to the week before"
        );
        assert_eq!(periods("2026-11-18T10:00:00Z", &["2026-11-18T00:00:00Z"]), []);
        assert_eq!(
            periods("2026-11-18T10:00:00Z", &["2026-10-01T00:00:00Z", "2026-11-19T00:00:00Z"]),
            [Period::Day],
            "a later quarter has begun the week and the month"
        );
    }
}

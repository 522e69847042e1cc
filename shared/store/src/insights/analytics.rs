//! Counters by metric and day of UTC. An item has one attribute for each quarter of an hour, `q00`
//! to `q95`, so that it can be added up to the days of any time zone.
//!
//! A record of a stream may be delivered twice. Its id is written in the transaction that counts
//! it, so it counts once; the ids expire long after the stream has forgotten the record.

use std::collections::BTreeMap;

use jiff::civil::Date;
use provost_domain::{
    ProductId, Timestamp,
    analytics::{INTERVALS, Metric, interval},
    time::DAY,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, n},
    transaction::Condition,
    walk::Walk,
};

/// How long the id of a counted record is kept, in milliseconds. A stream keeps records for a day.
const COUNTED: i64 = 7 * DAY;

/// The counts of a day of UTC, by quarter of an hour.
pub type DayCounts = [i64; INTERVALS];

/// What is there now, not in a period.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Accounts that are not erased.
    pub users: i64,
    /// Storage in use, in bytes.
    pub storage: i64,
    /// Files.
    pub files: i64,
}

pub(super) fn key(metric: Metric, day: Date) -> Key {
    Key::new(partition(metric), day.to_string())
}

fn partition(metric: Metric) -> String {
    format!("METRIC#{}", metric.as_str())
}

/// The partition of the numbers of accounts by plan.
const PLANS: &str = "METRIC#plans";
/// The prefix of the sort key there.
const PLAN: &str = "PLAN#";

fn totals_key() -> Key {
    Key::new("METRIC#totals", "NOW")
}

fn number(item: &Item, name: &str) -> i64 {
    item.get(name).and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or(0)
}

impl Transaction {
    /// Requires that a record of a stream was not counted before, and remembers it.
    pub(crate) fn count_once(&mut self, record: &str, now: Timestamp) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let mut counted = Key::new(format!("COUNTED#{record}"), "RECORD").attributes();
        counted.insert("ttl".to_owned(), n(now.plus(COUNTED).seconds()));
        self.put(Conflict::Counted, &table, counted, Condition::absent())
    }
}

/// Writes what a record counts; false if it was counted before.
pub(crate) async fn counted(tx: Transaction) -> Result<bool, StoreError> {
    match tx.commit().await {
        Ok(()) => Ok(true),
        Err(error) if error.conflict() == Some(Conflict::Counted) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Store {
    /// Counts what a record of a stream says, once. `record` is the id that the stream gave it;
    /// `plans` are the changes of the numbers of accounts with these plans. Returns false if it was
    /// counted before.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn count_record(
        &self,
        record: &str,
        counts: &[(Metric, Timestamp, i64)],
        totals: Totals,
        plans: &[(ProductId, i64)],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let table = &self.names.operations;
        let mut tx = self.transaction();
        tx.count_once(record, now)?;
        for (metric, at, by) in counts.iter().filter(|(_, _, by)| *by != 0) {
            let (day, interval) = interval(*at);
            let by = Condition::none().value(":by", n(*by));
            tx.update(
                Conflict::Counter,
                table,
                &key(*metric, day),
                format!("ADD q{interval:02} :by"),
                by,
            )?;
        }
        let parts = [
            (":users", "userCount :users", totals.users),
            (":storage", "storageUsed :storage", totals.storage),
            (":files", "fileCount :files", totals.files),
        ];
        let (mut adds, mut values) = (Vec::new(), Condition::none());
        for (value, add, by) in parts.into_iter().filter(|(_, _, by)| *by != 0) {
            adds.push(add);
            values = values.value(value, n(by));
        }
        if !adds.is_empty() {
            let update = format!("ADD {}", adds.join(", "));
            tx.update(Conflict::Counter, table, &totals_key(), update, values)?;
        }
        for (plan, by) in plans {
            let by = Condition::none().value(":by", n(by));
            let key = Key::new(PLANS, format!("{PLAN}{plan}"));
            tx.update(Conflict::Counter, table, &key, "ADD userCount :by", by)?;
        }
        counted(tx).await
    }

    /// The counts of a metric by day of UTC, from one day to another; days without any are left
    /// out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn metric_days(
        &self,
        metric: Metric,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<Date, DayCounts>, StoreError> {
        let walk = Walk::of_table(&self.names.operations, partition(metric)).between(
            "sk",
            from.to_string(),
            to.to_string(),
        );
        let (mut days, mut after) = (BTreeMap::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let day = item.get("sk").and_then(|sk| sk.as_s().ok()?.parse().ok());
                let counts =
                    std::array::from_fn(|interval| number(&item, &format!("q{interval:02}")));
                days.extend(day.map(|day: Date| (day, counts)));
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(days),
            }
        }
    }

    /// The number of accounts with each plan now, without those that have none.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn plan_counts(&self) -> Result<BTreeMap<ProductId, i64>, StoreError> {
        let walk = Walk::of_table(&self.names.operations, PLANS).beginning("sk", PLAN);
        let (mut plans, mut after) = (BTreeMap::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let plan = item.get("sk").and_then(|sk| sk.as_s().ok()?.strip_prefix(PLAN));
                let count = number(&item, "userCount");
                plans.extend(plan.and_then(|plan| plan.parse().ok()).map(|plan| (plan, count)));
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        plans.retain(|_, count| *count != 0);
        Ok(plans)
    }

    /// What is there now.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        let found = self.get(&self.names.operations, &totals_key(), "reading totals").await?;
        let item = found.unwrap_or_default();
        Ok(Totals {
            users: number(&item, "userCount"),
            storage: number(&item, "storageUsed"),
            files: number(&item, "fileCount"),
        })
    }
}

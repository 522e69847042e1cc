//! Counting again what the audit log says happened, and correcting counters that differ.

use std::collections::BTreeMap;

use jiff::civil::Date;
use provost_domain::{
    Timestamp,
    analytics::{INTERVALS, Metric, interval},
};

use super::analytics::{DayCounts, key};
use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, n},
    transaction::Condition,
};

/// How many intervals a transaction corrects: its condition may be 4 KB long.
pub const MAX_INTERVALS: usize = 40;

/// The counts of the audit log by metric and day; days without any are left out.
pub type LogCounts = BTreeMap<(Metric, Date), DayCounts>;

/// A counter that differs from the log: an interval of a day, its count, and that of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Number of the quarter of an hour, from 0.
    pub interval: usize,
    /// What was counted.
    pub counted: i64,
    /// What the log says.
    pub in_log: i64,
}

/// The intervals in which the counts of a day differ from those of the log.
pub fn differences(counted: &DayCounts, in_log: &DayCounts) -> Vec<Difference> {
    (0..INTERVALS)
        .zip(counted.iter().zip(in_log))
        .filter(|(_, (counted, in_log))| counted != in_log)
        .map(|(interval, (&counted, &in_log))| Difference { interval, counted, in_log })
        .collect()
}

impl Store {
    /// Counts the entries of the audit log between two times, the second inclusive, and returns the
    /// number of entries read as well.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn recount_audit_log(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(LogCounts, u64), StoreError> {
        let (mut counts, mut read) = (LogCounts::new(), 0);
        let mut entries = self.oldest_entries(Some(&from.to_string()), to).await?;
        while let Some(items) = entries.next().await? {
            for item in &items {
                read += 1;
                let Some((metric, at)) = counted(item) else { continue };
                let (day, interval) = interval(at);
                let day = counts.entry((metric, day)).or_insert([0; INTERVALS]);
                if let Some(count) = day.get_mut(interval) {
                    *count += 1;
                }
            }
        }
        Ok((counts, read))
    }
}

/// What a stored entry counts as, and when.
fn counted(entry: &Item) -> Option<(Metric, Timestamp)> {
    let text = |name: &str| entry.get(name)?.as_s().ok();
    let success = *entry.get("success")?.as_bool().ok()?;
    let metric = Metric::of_action(text("action")?).filter(|_| success)?;
    Some((metric, text("at")?.parse().ok()?))
}

impl Transaction {
    /// Corrects counts of a day, at most [`MAX_INTERVALS`], on condition that they are as they were
    /// read.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn correct_counts(
        &mut self,
        metric: Metric,
        day: Date,
        differences: &[Difference],
    ) -> Result<(), StoreError> {
        let (mut sets, mut conditions) = (Vec::new(), Vec::new());
        let mut values = Vec::new();
        for Difference { interval, counted, in_log } in differences {
            let name = format!("q{interval:02}");
            sets.push(format!("{name} = :a{interval}"));
            values.push((format!(":a{interval}"), n(in_log)));
            if *counted == 0 {
                values.push((format!(":b{interval}"), n(0)));
                conditions.push(format!("(attribute_not_exists({name}) OR {name} = :b{interval})"));
            } else {
                values.push((format!(":b{interval}"), n(counted)));
                conditions.push(format!("{name} = :b{interval}"));
            }
        }
        let condition =
            Condition { expression: Some(conditions.join(" AND ")), names: Vec::new(), values };
        let table = self.store().names().operations.clone();
        let update = format!("SET {}", sets.join(", "));
        self.update(Conflict::Count, &table, &key(metric, day), update, condition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_the_intervals_with_another_count() {
        let (mut counted, mut in_log) = ([0; INTERVALS], [0; INTERVALS]);
        assert_eq!(differences(&counted, &in_log), []);
        (counted[0], in_log[95]) = (2, 1);
        (counted[7], in_log[7]) = (5, 5);
        assert_eq!(
            differences(&counted, &in_log),
            [
                Difference { interval: 0, counted: 2, in_log: 0 },
                Difference { interval: 95, counted: 0, in_log: 1 },
            ]
        );
    }
}

//! Chooses the partition of an audit entry: the month's own partition until DynamoDB throttles it,
//! then further partitions beside it.
//!
//! One partition takes 1,000 write units a second, and a transaction pays double: 500 changes. A
//! process whose entry is throttled records that the month has further partitions, and spreads its
//! entries over them by their ids. The reader finds that record where it reads the totals of the
//! log anyway, so a deployment that is never throttled pays nothing.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    Conflict, Store, StoreError,
    audit::partition,
    item::{Item, Key, n, s},
    transaction::Condition,
};

/// The partition with the facts about months: how many entries past months have, and how many
/// further partitions there are.
pub(crate) const TOTALS: &str = "TOTALS";
/// Separates the month and the number of its further partitions in the sort key of a record.
const RECORD: &str = "#SHARDS#";
/// How many further partitions a month has after each throttling. A step writes only to the
/// partitions that it adds, since other processes may still fill the earlier ones: the last step
/// adds 48, which take 24,000 changes a second, more than a table's default quota.
const STEPS: [u32; 3] = [4, 16, 64];

/// How many further partitions this process uses, by month.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spread(Arc<Mutex<BTreeMap<String, u32>>>);

impl Spread {
    fn of(&self, month: &str) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(month).copied().unwrap_or(0)
    }

    fn widen(&self, month: &str, shards: u32) {
        let mut months = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = months.entry(month.to_owned()).or_default();
        *used = (*used).max(shards);
    }
}

/// The name of a month's partition without its prefix: `2026-11` is the month's own, `2026-11#3` a
/// further one.
pub(crate) fn name(month: &str, shard: u32) -> String {
    if shard == 0 { month.to_owned() } else { format!("{month}#{shard}") }
}

/// The names of all partitions of a month with this many further partitions.
pub(crate) fn names(month: &str, shards: u32) -> impl Iterator<Item = String> {
    (0..=shards).map(move |shard| name(month, shard))
}

/// The key of an actor without the partition number.
pub(crate) fn actor(key: &str) -> &str {
    match key.rsplit_once('#') {
        Some((actor, number)) if number.parse::<u32>().is_ok() => actor,
        _ => key,
    }
}

/// The month and the number of further partitions in a record's sort key.
pub(crate) fn read_record(sk: &str) -> Option<(&str, u32)> {
    let (month, shards) = sk.split_once(RECORD)?;
    Some((month, shards.parse().ok()?))
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// The month of an entry.
fn month(entry: &Item) -> String {
    text(entry, "sk").get(..7).unwrap_or_default().to_owned()
}

/// Moves an entry to its partition among this many further ones. Actors who are not users
/// (`anonymous`, a job) share one key of the index `by-actor` with many entries, so that key is
/// spread as well.
fn place(entry: &mut Item, shards: u32) {
    // FNV-1a: equal entries go to the same partition in every version.
    let hash = text(entry, "id")
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let before = STEPS.into_iter().rfind(|step| *step < shards).unwrap_or(0);
    let shard = if shards == 0 { 0 } else { before + 1 + hash % (shards - before) };
    entry.insert("pk".to_owned(), s(partition(&name(&month(entry), shard))));
    if text(entry, "actorType") != "user" {
        let spread = name(actor(text(entry, "actorKey")), shard);
        entry.insert("actorKey".to_owned(), s(spread));
    }
}

impl Store {
    /// Moves an entry to the partition where this process writes the entries of its month.
    pub(crate) fn place_entry(&self, entry: &mut Item) {
        let shards = self.spread.of(&month(entry));
        if shards > 0 {
            place(entry, shards);
        }
    }

    /// Moves an entry whose partition was throttled to a further partition, which is recorded
    /// before anything is written there.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn move_throttled_entry(&self, entry: &mut Item) -> Result<(), StoreError> {
        let month = month(entry);
        let used = self.spread.of(&month);
        let throttled = text(entry, "pk").to_owned();
        place(entry, used);
        if text(entry, "pk") != throttled {
            // Another entry of this process was throttled in the meantime, so there are partitions
            // that this entry has not tried.
            return Ok(());
        }
        let shards = STEPS.into_iter().find(|step| *step > used).unwrap_or(used);
        if shards > used {
            let mut record: Item =
                Key::new(TOTALS, format!("{month}{RECORD}{shards}")).attributes();
            record.insert("shards".to_owned(), n(shards));
            let mut tx = self.transaction();
            tx.put(Conflict::Shards, &self.names.audit, record, Condition::absent())?;
            match Box::pin(tx.commit()).await {
                Ok(()) | Err(StoreError::Conflict { .. }) => self.spread.widen(&month, shards),
                Err(error) => return Err(error),
            }
        }
        place(entry, shards);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, actor_type: &str, actor: &str) -> Item {
        let attribute = |name: &str, value: &str| (name.to_owned(), s(value));
        Item::from([
            attribute("pk", "MONTH#2026-11"),
            attribute("sk", &format!("2026-11-20T16:00:00.000Z#{id}")),
            attribute("id", id),
            attribute("actorType", actor_type),
            attribute("actorKey", actor),
        ])
    }

    #[test]
    fn entries_spread_evenly_over_the_further_partitions_only() {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for number in 0..4000 {
            let mut entry = entry(&format!("aud_01ARZ3NDEKTSV4RRFFQ6{number:06}"), "user", "psn_1");
            place(&mut entry, 4);
            *seen.entry(text(&entry, "pk").to_owned()).or_default() += 1;
        }
        assert_eq!(
            seen.keys().map(String::as_str).collect::<Vec<_>>(),
            ["MONTH#2026-11#1", "MONTH#2026-11#2", "MONTH#2026-11#3", "MONTH#2026-11#4"]
        );
        assert!(seen.values().all(|count| (900..1100).contains(count)), "{seen:?}");
    }

    #[test]
    fn only_actors_who_are_not_users_are_spread() {
        let mut job = entry("aud_01ARZ3NDEKTSV4RRFFQ69G5FAV", "system", "system:scheduler");
        place(&mut job, 4);
        assert_eq!(actor(text(&job, "actorKey")), "system:scheduler");
        assert_ne!(text(&job, "actorKey"), "system:scheduler");
        place(&mut job, 16);
        assert_eq!(
            text(&job, "actorKey").matches('#').count(),
            1,
            "a second placement replaces the number"
        );
        place(&mut job, 0);
        assert_eq!(
            (text(&job, "pk"), text(&job, "actorKey")),
            ("MONTH#2026-11", "system:scheduler")
        );
        let mut person = entry("aud_01ARZ3NDEKTSV4RRFFQ69G5FAV", "user", "psn_1");
        place(&mut person, 4);
        assert_eq!(text(&person, "actorKey"), "psn_1");
    }

    #[test]
    fn a_record_contains_its_month_and_its_number() {
        assert_eq!(read_record("2026-11#SHARDS#16"), Some(("2026-11", 16)));
        assert_eq!(read_record("2026-11#16"), None);
        assert_eq!(read_record("2026-11"), None);
    }
}

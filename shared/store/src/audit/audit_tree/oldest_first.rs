//! The entries of the log, oldest first, with the partitions of a month merged.

use std::collections::VecDeque;

use provost_domain::Timestamp;

use crate::{
    Store, StoreError,
    audit::partition,
    audit_log::{BEGINS, filter::months, known_months::Known, merge::Merge},
    item::Item,
    walk::Walk,
};

/// How many entries a request reads.
const WANTED: u64 = 256;

/// A walk over the log.
pub(crate) struct OldestFirst<'a> {
    store: &'a Store,
    known: Known,
    months: VecDeque<String>,
    low: String,
    high: String,
    merge: Option<Merge<'a>>,
}

impl Store {
    /// The entries after a position, up to a time, inclusive.
    pub(crate) async fn oldest_entries(
        &self,
        after: Option<&str>,
        until: Timestamp,
    ) -> Result<OldestFirst<'_>, StoreError> {
        let begins = BEGINS.parse().unwrap_or(until);
        let from =
            after.and_then(|after| after.get(..24)?.parse::<Timestamp>().ok()).unwrap_or(begins);
        // `!` sorts before every character of a key, so nothing is between a key and this.
        let low = after.map_or_else(|| begins.to_string(), |after| format!("{after}!"));
        Ok(OldestFirst {
            store: self,
            known: self.known_months().await?,
            months: months(from, until).into_iter().rev().collect(),
            low,
            high: format!("{until}#~"),
            merge: None,
        })
    }
}

impl OldestFirst<'_> {
    /// The next entries, as many as one request to each partition gives; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Item>>, StoreError> {
        loop {
            if let Some(merge) = &mut self.merge
                && let Some(items) = merge.next(Some(WANTED)).await?
            {
                return Ok(Some(items));
            }
            let Some(month) = self.months.pop_front() else { return Ok(None) };
            if self.low > self.high {
                return Ok(None);
            }
            let walks: Vec<_> = self
                .known
                .partitions(&month)
                .filter(|name| self.known.total(name) != Some(0))
                .map(|name| {
                    Walk::of_table(&self.store.names.audit, partition(&name)).between(
                        "sk",
                        self.low.clone(),
                        self.high.clone(),
                    )
                })
                .collect();
            self.merge = Some(Merge::new(self.store, &walks));
        }
    }
}

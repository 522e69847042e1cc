//! What is known about months: the totals that were stored, and the partitions.

use std::collections::HashMap;

use crate::{
    Store, StoreError,
    audit_partitions::{self, TOTALS},
    item::Item,
    walk::Walk,
};

/// The known totals and partitions of months.
#[derive(Debug, Default)]
pub(crate) struct Known {
    totals: HashMap<String, u64>,
    further: HashMap<String, u32>,
}

impl Known {
    /// How many partitions a month has besides its own.
    pub(crate) fn further(&self, month: &str) -> u32 {
        self.further.get(month).copied().unwrap_or(0)
    }

    /// The names of the partitions of a month.
    pub(crate) fn partitions(&self, month: &str) -> impl Iterator<Item = String> {
        audit_partitions::names(month, self.further(month))
    }

    /// The number of entries in a partition, once its month is over and counted.
    pub(crate) fn total(&self, name: &str) -> Option<u64> {
        self.totals.get(name).copied()
    }

    fn note(&mut self, item: &Item) -> Option<()> {
        let sk = item.get("sk")?.as_s().ok()?;
        if let Some((month, shards)) = audit_partitions::read_record(sk) {
            let further = self.further.entry(month.to_owned()).or_default();
            *further = (*further).max(shards);
        } else {
            self.totals.insert(sk.clone(), item.get("total")?.as_n().ok()?.parse().ok()?);
        }
        Some(())
    }
}

impl Store {
    /// Reads the known totals and partitions of months, in one request.
    pub(crate) async fn known_months(&self) -> Result<Known, StoreError> {
        let (walk, mut known, mut after) =
            (Walk::of_table(&self.names.audit, TOTALS), Known::default(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in &items {
                known.note(item);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(known),
            }
        }
    }
}

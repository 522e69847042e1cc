//! Past months: no entries are added to them any more, so each is counted once and the total is
//! stored.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use provost_domain::{Timestamp, page::PageRequest, time::HOUR};
use tracing::warn;

use super::{
    filter::AuditFilter,
    merge::Merge,
    page_builder::{PageBuilder, RawPage},
};
use crate::{
    Conflict, Store, StoreError,
    audit_partitions::TOTALS,
    item::{Item, Key, n},
    transaction::Condition,
};

/// Whether a month is over, even for a writer whose clock is up to an hour behind.
fn is_over(month: &str, now: Timestamp) -> bool {
    *month < *now.plus(-HOUR).month()
}

impl AuditFilter {
    /// Whether the span covers all of a month that is over.
    fn covers(&self, month: &str, now: Timestamp) -> bool {
        let (from, to) = self.span(now);
        let begins = format!("{month}-01").parse::<Timestamp>();
        is_over(month, now) && begins.is_ok_and(|begins| from <= begins) && *month < *to.month()
    }
}

impl Store {
    /// A page of the whole log, or of a time span of it.
    pub(super) async fn plain_entries(
        &self,
        filter: &AuditFilter,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<RawPage, StoreError> {
        let (table, known) = (&self.names.audit, self.known_months().await?);
        let partitions: Vec<(String, String)> = filter
            .months(now, None)
            .into_iter()
            .flat_map(|month| {
                known.partitions(&month).map(|name| (month.clone(), name)).collect::<Vec<_>>()
            })
            .collect();
        let totals = try_join_all(partitions.iter().map(async |(month, name)| {
            let is_whole = filter.covers(month, now);
            match known.total(name) {
                Some(total) if is_whole || total == 0 => return Ok(total),
                _ => {}
            }
            let total = match filter.month_walk(table, name, now, None) {
                Some(walk) => self.count(&walk).await?,
                None => 0,
            };
            if is_whole {
                self.remember_total(name, total).await;
            }
            Ok(total)
        }))
        .await?;
        let total = totals.iter().sum();
        let sizes: HashMap<&str, u64> =
            partitions.iter().map(|(_, name)| name.as_str()).zip(totals).collect();

        let mut builder = PageBuilder::new(request);
        for month in filter.months(now, request.after()) {
            if builder.is_full() {
                break;
            }
            let filled: Vec<_> = known
                .partitions(&month)
                .filter(|name| sizes.get(name.as_str()).is_some_and(|size| *size > 0))
                .collect();
            let size = filled.iter().filter_map(|name| sizes.get(name.as_str())).sum();
            // The whole partition lies before the page: none of its entries is read.
            if request.after().is_none() && builder.skip >= size {
                builder.skip -= size;
                continue;
            }
            let walks: Vec<_> = filled
                .iter()
                .filter_map(|name| filter.month_walk(table, name, now, request.after()))
                .collect();
            let mut merge = Merge::new(self, &walks);
            while !builder.is_full() {
                let Some(items) = merge.next(Some(builder.needed())).await? else { break };
                for item in items {
                    builder.take(item);
                }
            }
        }
        let (rows, next) = builder.finish();
        Ok((rows, total, next))
    }

    /// Stores the number of entries in a partition. If that fails, it is counted again next time,
    /// and the list is returned anyway.
    async fn remember_total(&self, name: &str, total: u64) {
        let mut item: Item = Key::new(TOTALS, name).attributes();
        item.insert("total".to_owned(), n(total));
        let mut tx = self.transaction();
        let written = match tx.put(Conflict::Total, &self.names.audit, item, Condition::absent()) {
            Ok(()) => tx.commit().await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => {
                warn!(partition = name, cause = %error, "the number of entries of {name} could not be written down")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_over_an_hour_after_its_end() {
        assert!(!is_over("2026-11", "2026-12-01T00:59:59.999Z".parse().unwrap()));
        assert!(is_over("2026-11", "2026-12-01T01:00:00Z".parse().unwrap()));
        assert!(is_over("2026-12", "2027-01-01T01:00:00Z".parse().unwrap()));
    }

    #[test]
    fn only_complete_months_have_a_stored_total() {
        let now = "2026-11-20".parse().unwrap();
        let span = |from: Option<&str>, to: Option<&str>| AuditFilter {
            from: from.map(|t| t.parse().unwrap()),
            to: to.map(|t| t.parse().unwrap()),
            ..AuditFilter::default()
        };
        assert!(span(None, None).covers("2026-10", now));
        assert!(!span(None, None).covers("2026-11", now));
        assert!(span(Some("2026-10-01"), None).covers("2026-10", now));
        assert!(!span(Some("2026-10-01T00:00:00.001Z"), None).covers("2026-10", now));
        assert!(!span(None, Some("2026-10-31")).covers("2026-10", now));
    }
}

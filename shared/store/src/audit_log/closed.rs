//! Months that are over: nothing is added to them any more, so the number of their entries is counted once, written down, and never counted again.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use provost_domain::{Timestamp, page::PageRequest, time::HOUR};
use tracing::warn;

use super::{AuditFilter, Cut, Cutting};
use crate::{
    Store, StoreError,
    item::{Item, Key, n},
    transaction::Condition,
    walk::Walk,
};

/// Where the numbers stand, one item for each month.
const TOTALS: &str = "TOTALS";

/// Whether a month is over, also for a writer whose clock is up to an hour behind.
fn is_over(month: &str, now: Timestamp) -> bool {
    *month < *now.plus(-HOUR).month()
}

impl AuditFilter {
    /// Whether the span covers the whole of a month that is over.
    fn covers(&self, month: &str, now: Timestamp) -> bool {
        let (from, to) = self.span(now);
        let begins = format!("{month}-01").parse::<Timestamp>();
        is_over(month, now) && begins.is_ok_and(|begins| from <= begins) && *month < *to.month()
    }
}

impl Store {
    /// A page of the whole log, or of a span of it.
    pub(super) async fn plain_entries(&self, filter: &AuditFilter, now: Timestamp, request: &PageRequest) -> Result<Cutting, StoreError> {
        let table = &self.names.audit;
        let known = self.known_totals().await?;
        let span = filter.months(table, now, None);
        let totals = try_join_all(span.iter().map(async |(month, walk)| {
            if !filter.covers(month, now) {
                return self.count(walk).await;
            }
            if let Some(total) = known.get(month) {
                return Ok(*total);
            }
            let total = self.count(walk).await?;
            self.remember_total(month, total).await;
            Ok(total)
        }))
        .await?;
        let total = totals.iter().sum();
        let sizes: HashMap<&str, u64> = span.iter().map(|(month, _)| month.as_str()).zip(totals).collect();

        let mut cut = Cut::new(request);
        for (month, walk) in filter.months(table, now, request.after()) {
            let size = sizes.get(month.as_str()).copied().unwrap_or(0);
            if cut.is_full() {
                break;
            }
            // A whole month stands before the page, or holds nothing: not one entry of it is read.
            if request.after().is_none() && cut.skip >= size {
                cut.skip -= size;
                continue;
            }
            if size == 0 {
                continue;
            }
            let mut start = None;
            loop {
                let (items, _, next) = self.step(&walk, start.take(), Some(cut.needed()), true).await?;
                for item in items {
                    cut.take(item);
                }
                match next {
                    Some(next) if !cut.is_full() => start = Some(next),
                    _ => break,
                }
            }
        }
        let (rows, next) = cut.finish();
        Ok((rows, total, next))
    }

    async fn known_totals(&self) -> Result<HashMap<String, u64>, StoreError> {
        let (walk, mut known, mut after) = (Walk::of_table(&self.names.audit, TOTALS), HashMap::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            known.extend(
                items.iter().filter_map(|item| Some((item.get("sk")?.as_s().ok()?.clone(), item.get("total")?.as_n().ok()?.parse().ok()?))),
            );
            match next {
                Some(next) => after = Some(next),
                None => return Ok(known),
            }
        }
    }

    /// Writes the number of a month down. When that fails it is counted again next time, so the list is answered all the same.
    async fn remember_total(&self, month: &str, total: u64) {
        let mut item: Item = Key::new(TOTALS, month).attributes();
        item.insert("total".to_owned(), n(total));
        let mut tx = self.transaction();
        let written = match tx.put("total", &self.names.audit, item, Condition::absent()) {
            Ok(()) => tx.commit().await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => warn!(month, cause = %error, "the number of entries of {month} could not be written down"),
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
    fn only_a_whole_month_has_a_number_of_its_own() {
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

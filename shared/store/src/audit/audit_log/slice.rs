//! Reading the log piece by piece without counting it, for exports.

use provost_domain::{Timestamp, audit::Record};

use super::{AuditFilter, merge::Merge, open, page_builder::position};
use crate::{Store, StoreError, item::Item, walk::Walk};

/// A piece of the log.
#[derive(Debug)]
pub struct LogSlice {
    /// The entries that match, newest first.
    pub records: Vec<Record>,
    /// Where the next piece begins; `None` at the end.
    pub next: Option<String>,
}

impl Store {
    /// The entries after a position, newest first, from about `wanted` entries that were read.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn audit_log_slice(
        &self,
        filter: &AuditFilter,
        now: Timestamp,
        after: Option<&str>,
        wanted: usize,
    ) -> Result<LogSlice, StoreError> {
        let known = self.known_for(filter).await?;
        let (mut items, mut more) = (Vec::<Item>::new(), false);
        'read: for walks in filter.groups(&self.names.audit, &known, now, after) {
            let limit = walks.iter().all(Walk::is_unfiltered).then_some(wanted as u64);
            let mut merge = Merge::new(self, &walks);
            while let Some(found) = merge.next(limit).await? {
                // The position itself is in the range of the first walk.
                items.extend(
                    found.into_iter().filter(|item| after.is_none_or(|a| position(item) < Some(a))),
                );
                if items.len() >= wanted {
                    more = true;
                    break 'read;
                }
            }
        }
        let next = if more { items.last().and_then(position).map(str::to_owned) } else { None };
        let mut records = self.open_entries(items).await?;
        if let Some(text) = filter.search.as_ref().map(|text| text.to_lowercase()) {
            records.retain(|record| open::mentions(record, &text));
        }
        Ok(LogSlice { records, next })
    }
}

//! Reading the audit log: newest first, by month or by user, with an exact total, and decrypted
//! with the keys of the users that it is about.
//!
//! A month has one partition or several (see `audit_partitions.rs`), and so has an actor who is not
//! a user: their entries are merged by time.
//!
//! Every sort key begins with the entry's time, in the table and in both indexes. So the position
//! in any of these lists is one sort key, and the next page is the same query with an earlier end.

mod closed;
pub(crate) mod filter;
pub(crate) mod known_months;
pub(crate) mod merge;
mod open;
pub(crate) mod page_builder;
mod slice;

use futures_util::future::try_join_all;
use known_months::Known;
use merge::Merge;
use page_builder::{PageBuilder, RawPage};
use provost_domain::{
    Pseudonym, Timestamp,
    audit::Record,
    page::{Page, PageRequest},
};

use crate::{
    Store, StoreError,
    audit::StoredEntry,
    item::{Item, decode},
    walk::Walk,
};

pub use filter::{AuditFilter, BEGINS};
pub use slice::LogSlice;

impl Store {
    /// One page of the log, newest first.
    ///
    /// The total is exact: a past month is counted once, the current month on each request. With a
    /// filter every entry in the span is counted each time, and with `search` also decrypted; give
    /// `from` and `to` where the log is long.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn audit_log(
        &self,
        filter: &AuditFilter,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<Page<Record>, StoreError> {
        if let Some(after) = request.after()
            && after.get(..24).and_then(|at| at.parse::<Timestamp>().ok()).is_none()
        {
            return Err(StoreError::unreadable("a position", "it is none of this list's"));
        }
        let (rows, total, next) = match &filter.search {
            Some(text) => self.searched_entries(filter, &text.to_lowercase(), now, request).await?,
            None if filter.is_plain() => self.plain_entries(filter, now, request).await?,
            None => self.entries(filter, now, request).await?,
        };
        let rows = self.open_entries(rows).await?;
        Ok(Page { rows, total, next })
    }

    /// The facts about months that are needed to read this list.
    async fn known_for(&self, filter: &AuditFilter) -> Result<Known, StoreError> {
        if filter.goes_by_month() { self.known_months().await } else { Ok(Known::default()) }
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<RawPage, StoreError> {
        let (table, known) = (&self.names.audit, self.known_for(filter).await?);
        let mut builder = PageBuilder::new(request);
        let mut counted = 0;
        for walks in filter.groups(table, &known, now, request.after()) {
            let mut merge = Merge::new(self, &walks);
            while !builder.is_full() {
                let wanted = walks.iter().all(Walk::is_unfiltered).then(|| builder.needed());
                let Some(items) = merge.next(wanted).await? else { break };
                for item in items {
                    builder.take(item);
                }
            }
            // From the start, walking on is counting. With a cursor the part before it is counted
            // separately.
            if request.after().is_none() {
                counted += merge.count_all().await?;
            } else if builder.is_full() {
                break;
            }
        }
        let total = match request.after() {
            None => counted,
            Some(_) => {
                let groups = filter.groups(table, &known, now, None);
                try_join_all(groups.iter().flatten().map(|walk| self.count(walk)))
                    .await?
                    .into_iter()
                    .sum()
            }
        };
        let (rows, next) = builder.finish();
        Ok((rows, total, next))
    }

    async fn searched_entries(
        &self,
        filter: &AuditFilter,
        text: &str,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<RawPage, StoreError> {
        let known = self.known_for(filter).await?;
        let mut builder = PageBuilder::new(request);
        let mut total = 0;
        for walks in filter.groups(&self.names.audit, &known, now, None) {
            let mut merge = Merge::new(self, &walks);
            while let Some(items) = merge.next(None).await? {
                let records = self.open_entries(items.clone()).await?;
                for (item, record) in items.into_iter().zip(records) {
                    if open::mentions(&record, text) {
                        total += 1;
                        builder.take(item);
                    }
                }
            }
        }
        let (rows, next) = builder.finish();
        Ok((rows, total, next))
    }

    /// The newest entries about a user.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn recent_entries_about(
        &self,
        person: Pseudonym,
        most: u64,
    ) -> Result<Vec<Record>, StoreError> {
        let walk =
            Walk::of_index(&self.names.audit, "by-target", "targetKey", person.to_string(), "sk")
                .backward();
        let (items, _, _) = self.step(&walk, None, Some(most), true).await?;
        self.open_entries(items).await
    }

    async fn open_entries(&self, items: Vec<Item>) -> Result<Vec<Record>, StoreError> {
        let entries = items
            .into_iter()
            .map(|item| decode::<StoredEntry>("an audit entry", item))
            .collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let subjects = self.subjects(entries.iter().flat_map(open::people)).await?;
        entries.into_iter().map(|entry| open::open(entry, &subjects)).collect()
    }
}

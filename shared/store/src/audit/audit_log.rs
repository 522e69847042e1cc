//! Reading the audit log: newest first, by month or by user, with an exact total, and decrypted
//! with the keys of the users that it is about.
//!
//! A month has one partition or several (see `audit_partitions.rs`), and so has an actor who is not
//! a user: their entries are merged by time.
//!
//! Every sort key begins with the entry's time, in the table and in both indexes. So the position
//! in any of these lists is one sort key, and the next page is the same query with an earlier end.

mod closed;
mod merge;
mod open;

use aws_sdk_dynamodb::types::AttributeValue;
use closed::Known;
use futures_util::future::try_join_all;
use merge::Merge;
use provost_domain::{
    Pseudonym, Timestamp,
    audit::Record,
    page::{Page, PageRequest},
    time::HOUR,
};

use crate::{
    Store, StoreError,
    audit::{StoredEntry, partition},
    audit_partitions,
    item::{Item, decode, s},
    walk::Walk,
};

/// The first month of the log. No earlier partition is queried.
pub const BEGINS: &str = "2026-01-01T00:00:00.000Z";

/// The filter of a list. An absent field does not filter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only this exact action.
    pub action: Option<String>,
    /// Only by this actor: a pseudonym, `service:…`, `system:…`, `cli` or `anonymous`.
    pub actor: Option<String>,
    /// Only entries about this user.
    pub target: Option<Pseudonym>,
    /// Only entries about the resource with this id.
    pub target_id: Option<String>,
    /// Only entries about the resource with this id, or of this kind.
    pub resource: Option<String>,
    /// Only entries about resources of this kind.
    pub resource_type: Option<String>,
    /// From this time on, inclusive.
    pub from: Option<Timestamp>,
    /// Until this time, inclusive.
    pub to: Option<Timestamp>,
    /// Only successful or only refused actions.
    pub success: Option<bool>,
    /// Only entries that contain this text in the action, an id or the reason, ignoring case.
    pub search: Option<String>,
}

/// The months from one time to another, `2026-11`, newest first.
fn months(from: Timestamp, to: Timestamp) -> Vec<String> {
    let number = |month: &str| {
        Some(month.get(..4)?.parse::<u32>().ok()? * 12 + month.get(5..7)?.parse::<u32>().ok()? - 1)
    };
    let (Some(first), Some(last)) = (number(&from.month()), number(&to.month())) else {
        return Vec::new();
    };
    (first..=last).rev().map(|month| format!("{:04}-{:02}", month / 12, month % 12 + 1)).collect()
}

impl AuditFilter {
    /// The time span that the list covers. Without an end it reaches a little past now, since
    /// clocks differ.
    fn span(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let begins = BEGINS.parse().unwrap_or(now);
        let latest = now.plus(HOUR);
        (
            self.from.map_or(begins, |from| from.max(begins)),
            self.to.map_or(latest, |to| to.min(latest)),
        )
    }

    /// The list as groups of walks: the groups follow each other, newest first, and the entries of
    /// a group are merged. `up_to` is the last sort key that may appear.
    fn groups(
        &self,
        table: &str,
        known: &Known,
        now: Timestamp,
        up_to: Option<&str>,
    ) -> Vec<Vec<Walk>> {
        let of_index = |index, hash, values: Vec<String>| -> Vec<Vec<Walk>> {
            let Some((low, high)) = self.reach(now, up_to) else { return Vec::new() };
            let walk = |value| {
                Walk::of_index(table, index, hash, value, "sk")
                    .between("sk", low.clone(), high.clone())
                    .backward()
            };
            vec![values.into_iter().map(|value| self.narrow(walk(value))).collect()]
        };
        match (&self.actor, self.target) {
            (Some(actor), _) => {
                let further = self
                    .months(now, up_to)
                    .iter()
                    .map(|month| known.further(month))
                    .max()
                    .unwrap_or(0);
                of_index("by-actor", "actorKey", audit_partitions::names(actor, further).collect())
            }
            (None, Some(target)) => of_index("by-target", "targetKey", vec![target.to_string()]),
            (None, None) => {
                // Partitions that are known to be empty are not queried.
                let walks = |month: String| -> Vec<Walk> {
                    let filled =
                        known.partitions(&month).filter(|name| known.total(name) != Some(0));
                    filled.filter_map(|name| self.month_walk(table, &name, now, up_to)).collect()
                };
                self.months(now, up_to).into_iter().map(walks).collect()
            }
        }
    }

    /// Whether the list can use the known totals of months.
    fn goes_by_month(&self) -> bool {
        match &self.actor {
            Some(actor) => actor.parse::<Pseudonym>().is_err(),
            None => self.target.is_none(),
        }
    }

    /// The months that the list covers, newest first.
    fn months(&self, now: Timestamp, up_to: Option<&str>) -> Vec<String> {
        let Some((_, high)) = self.reach(now, up_to) else { return Vec::new() };
        let (from, to) = self.span(now);
        months(from, high.get(..24).and_then(|at| at.parse().ok()).unwrap_or(to))
    }

    /// The walk over one partition of a month; `None` when the span is empty.
    fn month_walk(
        &self,
        table: &str,
        name: &str,
        now: Timestamp,
        up_to: Option<&str>,
    ) -> Option<Walk> {
        let (low, high) = self.reach(now, up_to)?;
        Some(
            self.narrow(Walk::of_table(table, partition(name)).between("sk", low, high).backward()),
        )
    }

    /// The first and the last sort key that may appear; `None` when the span is empty.
    fn reach(&self, now: Timestamp, up_to: Option<&str>) -> Option<(String, String)> {
        let (from, to) = self.span(now);
        // `#` separates time and id, and `~` sorts after every id.
        let (low, high) =
            (from.to_string(), up_to.map_or_else(|| format!("{to}#~"), str::to_owned));
        (low <= high).then_some((low, high))
    }

    /// Whether the list is filtered by nothing but time.
    fn is_plain(&self) -> bool {
        let Self {
            action,
            actor,
            target,
            target_id,
            resource,
            resource_type,
            from: _,
            to: _,
            success,
            search,
        } = self;
        [action, actor, target_id, resource, resource_type, search]
            .iter()
            .all(|text| text.is_none())
            && target.is_none()
            && success.is_none()
    }

    fn narrow(&self, mut walk: Walk) -> Walk {
        // With both an actor and a target, the actor's index is queried and the target is a filter.
        if let (Some(_), Some(target)) = (&self.actor, self.target) {
            walk = walk.filter(
                "#targetKey = :target",
                &[("#targetKey", "targetKey")],
                vec![(":target", s(target.to_string()))],
            );
        }
        if let Some(id) = &self.target_id {
            walk = walk.filter(
                "#resourceId = :targetId",
                &[("#resourceId", "resourceId")],
                vec![(":targetId", s(id))],
            );
        }
        if let Some(action) = &self.action {
            walk = walk.filter(
                "#action = :action",
                &[("#action", "action")],
                vec![(":action", s(action))],
            );
        }
        if let Some(kind) = &self.resource_type {
            walk = walk.filter(
                "#resourceType = :kind",
                &[("#resourceType", "resourceType")],
                vec![(":kind", s(kind))],
            );
        }
        if let Some(resource) = &self.resource {
            walk = walk.filter(
                "(#resourceId = :resource OR #resourceType = :resource)",
                &[("#resourceId", "resourceId"), ("#resourceType", "resourceType")],
                vec![(":resource", s(resource))],
            );
        }
        if let Some(success) = self.success {
            walk = walk.filter(
                "#success = :success",
                &[("#success", "success")],
                vec![(":success", AttributeValue::Bool(success))],
            );
        }
        walk
    }
}

/// The position of an item in every list of entries.
fn place(item: &Item) -> Option<&str> {
    item.get("sk")?.as_s().ok().map(String::as_str)
}

/// A page of items, the length of the whole list, and the position after the page.
type Cutting = (Vec<Item>, u64, Option<String>);

/// Builds one page: skips the items before it and reads one item more than it holds, to know
/// whether another page follows.
struct Cut<'a> {
    skip: u64,
    limit: usize,
    after: Option<&'a str>,
    rows: Vec<Item>,
}

impl<'a> Cut<'a> {
    fn new(request: &'a PageRequest) -> Self {
        Self {
            skip: request.skip(),
            limit: request.limit as usize,
            after: request.after(),
            rows: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.rows.len() > self.limit
    }

    /// How many items are still needed, if every item that is read belongs to the list.
    fn needed(&self) -> u64 {
        self.skip.saturating_add((self.limit + 2 - self.rows.len().min(self.limit)) as u64)
    }

    fn take(&mut self, item: Item) {
        if self.is_full()
            || self.after.is_some_and(|after| place(&item).is_none_or(|place| place >= after))
        {
            return;
        }
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.rows.push(item);
        }
    }

    fn finish(mut self) -> (Vec<Item>, Option<String>) {
        let more = self.is_full();
        self.rows.truncate(self.limit);
        let next = if more { self.rows.last().and_then(place).map(str::to_owned) } else { None };
        (self.rows, next)
    }
}

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
    ) -> Result<Cutting, StoreError> {
        let (table, known) = (&self.names.audit, self.known_for(filter).await?);
        let mut cut = Cut::new(request);
        let mut counted = 0;
        for walks in filter.groups(table, &known, now, request.after()) {
            let mut merge = Merge::new(self, &walks);
            while !cut.is_full() {
                let wanted = walks.iter().all(Walk::is_unfiltered).then(|| cut.needed());
                let Some(items) = merge.next(wanted).await? else { break };
                for item in items {
                    cut.take(item);
                }
            }
            // From the start, walking on is counting. With a cursor the part before it is counted
            // separately.
            if request.after().is_none() {
                counted += merge.count_all().await?;
            } else if cut.is_full() {
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
        let (rows, next) = cut.finish();
        Ok((rows, total, next))
    }

    async fn searched_entries(
        &self,
        filter: &AuditFilter,
        text: &str,
        now: Timestamp,
        request: &PageRequest,
    ) -> Result<Cutting, StoreError> {
        let known = self.known_for(filter).await?;
        let mut cut = Cut::new(request);
        let mut total = 0;
        for walks in filter.groups(&self.names.audit, &known, now, None) {
            let mut merge = Merge::new(self, &walks);
            while let Some(items) = merge.next(None).await? {
                let records = self.open_entries(items.clone()).await?;
                for (item, record) in items.into_iter().zip(records) {
                    if open::mentions(&record, text) {
                        total += 1;
                        cut.take(item);
                    }
                }
            }
        }
        let (rows, next) = cut.finish();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_listed_newest_first_across_a_new_year() {
        assert_eq!(
            months("2026-11-20".parse().unwrap(), "2027-02-01".parse().unwrap()),
            ["2027-02", "2027-01", "2026-12", "2026-11"]
        );
        assert_eq!(
            months("2026-11-20".parse().unwrap(), "2026-11-20".parse().unwrap()),
            ["2026-11"]
        );
        assert!(months("2026-12-01".parse().unwrap(), "2026-11-30".parse().unwrap()).is_empty());
    }

    #[test]
    fn partitions_before_the_first_month_or_far_in_the_future_are_not_queried() {
        let now = "2026-02-10".parse().unwrap();
        let filter = AuditFilter {
            from: Some("1970-01-01".parse().unwrap()),
            to: Some("9999-01-01".parse().unwrap()),
            ..AuditFilter::default()
        };
        assert_eq!(filter.groups("audit", &Known::default(), now, None).len(), 2);
        let later =
            AuditFilter { from: Some("2026-03-01".parse().unwrap()), ..AuditFilter::default() };
        assert!(later.groups("audit", &Known::default(), now, None).is_empty());
    }
}

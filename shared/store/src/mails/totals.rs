//! How many emails are in the log, by the day of UTC on which they were written, their status and their
//! template, so that a list gives its total without reading the log. The stream of the accounts keeps
//! the numbers: an email that is removed with its recipient counts no more.

use std::collections::BTreeMap;

use provost_domain::{
    Timestamp,
    mail::{Mail, MailStatus, Template},
    time::DAY,
};

use super::{MAILBOX, MailFilter, PREFIX};
use crate::{
    Conflict, Store, StoreError, Transaction,
    insights::analytics::counted,
    item::{Item, Key, n, s},
    transaction::Condition,
    walk::Walk,
};

/// The partition of the numbers.
const PARTITION: &str = "METRIC#mail-log";

/// The numbers of a day: by status and template, `sent welcome`.
pub type DayOfMails = BTreeMap<String, i64>;

/// The number of emails that differs from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailDifference {
    /// Day in UTC.
    pub day: String,
    /// Status and template.
    pub cell: String,
    /// What was counted.
    pub counted: i64,
    /// What is in the log.
    pub in_log: i64,
}

fn key(day: &str) -> Key {
    Key::new(PARTITION, day)
}

/// The day and cell of an email.
fn place(mail: &Item) -> Option<(String, String)> {
    let text = |name: &str| mail.get(name)?.as_s().ok();
    let day = text("createdAt")?.get(..10)?;
    Some((day.to_owned(), format!("{} {}", text("status")?, text("template")?)))
}

fn cells(item: &Item) -> DayOfMails {
    let cells = item.iter().filter(|(name, _)| name.contains(' '));
    let read = |value: &aws_sdk_dynamodb::types::AttributeValue| value.as_n().ok()?.parse().ok();
    cells.filter_map(|(name, value)| Some((name.clone(), read(value)?))).collect()
}

/// Whether a cell has this status and template.
fn fits(cell: &str, status: Option<MailStatus>, template: Option<Template>) -> bool {
    let (of, by) = cell.split_once(' ').unwrap_or_default();
    status.is_none_or(|status| status.as_str() == of)
        && template.is_none_or(|template| template.as_str() == by)
}

impl Store {
    /// Whether a key of the accounts is that of an email in the log.
    pub fn is_mail(sort: &str) -> bool {
        sort.starts_with(PREFIX)
    }

    /// Counts what a record of a stream says about an email, once. `record` is the id that the stream
    /// gave it. Returns false if it was counted before, or changes no number.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn count_mail_record(
        &self,
        record: &str,
        old: Option<&Item>,
        new: Option<&Item>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (before, after) = (old.and_then(place), new.and_then(place));
        if before == after {
            return Ok(false);
        }
        let mut days: BTreeMap<String, DayOfMails> = BTreeMap::new();
        for (place, by) in [(before, -1), (after, 1)] {
            if let Some((day, cell)) = place {
                *days.entry(day).or_default().entry(cell).or_default() += by;
            }
        }
        let mut tx = self.transaction();
        tx.count_once(record, now)?;
        for (day, cells) in days {
            let (mut adds, mut values) = (Vec::new(), Condition::none());
            for (number, (cell, by)) in cells.into_iter().enumerate() {
                adds.push(format!("#c{number} :c{number}"));
                values =
                    values.name(format!("#c{number}"), cell).value(format!(":c{number}"), n(by));
            }
            let update = format!("ADD {}", adds.join(", "));
            tx.update(Conflict::Counter, &self.names.operations, &key(&day), update, values)?;
        }
        counted(tx).await
    }

    /// The numbers by day, from one day to another; days without any are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mail_days(
        &self,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<String, DayOfMails>, StoreError> {
        let walk = Walk::of_table(&self.names.operations, PARTITION).between("sk", from, to);
        let (mut days, mut after) = (BTreeMap::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let day = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
                days.insert(day, cells(&item));
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(days),
            }
        }
    }

    /// The total of a filtered list, from the numbers of whole days and a count of the rest of the
    /// first and the last day. `None` for a filter by address or user, which the numbers do not know: the
    /// emails of one address are counted.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn mails_total(&self, filter: &MailFilter) -> Result<Option<u64>, StoreError> {
        if filter.user.is_some() || filter.to.is_some() {
            return Ok(None);
        }
        let start = |at: Timestamp| Timestamp::from_millis(at.millis().div_euclid(DAY) * DAY);
        // The first whole day, and the first day that is not whole any more.
        let from = filter.since.map(|since| start(since.plus(DAY - 1)));
        let to = filter.until.map(start);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return self.count(&filter.in_log(&self.names.accounts)).await.map(Some);
        }
        let last = to.map_or_else(|| "~".to_owned(), |to| to.plus(-1).date());
        let first = from.map_or_else(|| "0".to_owned(), Timestamp::date);
        let mut total: i64 = self
            .mail_days(&first, &last)
            .await?
            .values()
            .flatten()
            .filter(|(cell, _)| fits(cell, filter.status, filter.template))
            .map(|(_, number)| *number)
            .sum();
        for (since, until) in [(filter.since, from), (to, filter.until)] {
            if since.is_some() && until.is_some() && since < until {
                let rest = MailFilter { since, until, ..filter.clone() };
                let count = self.count(&rest.in_log(&self.names.accounts)).await?;
                total += i64::try_from(count).unwrap_or(0);
            }
        }
        Ok(Some(u64::try_from(total).unwrap_or(0)))
    }

    /// Compares the numbers of some days with the log, which is read from one end to the other.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn recount_mails(
        &self,
        from: &str,
        to: &str,
    ) -> Result<Vec<MailDifference>, StoreError> {
        let walk = Walk::of_index(
            &self.names.accounts,
            "mails-by-newest",
            "mailbox",
            MAILBOX,
            "createdAt",
        )
        .between("createdAt", from, format!("{to}~"));
        let (mut log, mut after) = (BTreeMap::<(String, String), i64>::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for place in items.iter().filter_map(place) {
                *log.entry(place).or_default() += 1;
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let mut numbers = BTreeMap::new();
        for (day, cells) in self.mail_days(from, to).await? {
            numbers.extend(cells.into_iter().map(|(cell, number)| ((day.clone(), cell), number)));
        }
        let mut places: Vec<_> = log.keys().chain(numbers.keys()).cloned().collect();
        places.sort_unstable();
        places.dedup();
        let differences = places.into_iter().filter_map(|place| {
            let counted = numbers.get(&place).copied().unwrap_or(0);
            let in_log = log.get(&place).copied().unwrap_or(0);
            let (day, cell) = place;
            (counted != in_log).then_some(MailDifference { day, cell, counted, in_log })
        });
        Ok(differences.collect())
    }
}

impl MailFilter {
    /// The log of all recipients, or of one address, newest first, with this filter.
    pub(super) fn in_log(&self, table: &str) -> Walk {
        let walk = match &self.to {
            Some(to) => Walk::of_index(table, "mails-by-address", "to", to.as_str(), "createdAt"),
            None => Walk::of_index(table, "mails-by-newest", "mailbox", MAILBOX, "createdAt"),
        };
        let mut walk = walk.backward();
        if self.since.is_some() || self.until.is_some() {
            let low = self.since.map_or_else(|| "0".to_owned(), |since| since.to_string());
            let high = self.until.map_or_else(
                || "~".to_owned(),
                |until| Timestamp::from_millis(until.millis() - 1).to_string(),
            );
            walk = walk.between("createdAt", low, high);
        }
        self.narrowed(walk)
    }

    /// The filters by status and template.
    pub(super) fn narrowed(&self, mut walk: Walk) -> Walk {
        if let Some(status) = self.status {
            let value = vec![(":status", s(status.as_str()))];
            walk = walk.filter("#status = :status", &[("#status", "status")], value);
        }
        if let Some(template) = self.template {
            let value = vec![(":template", s(template.as_str()))];
            walk = walk.filter("#template = :template", &[("#template", "template")], value);
        }
        walk
    }
}

impl Transaction {
    /// Corrects a number, on condition that it is as it was read.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn correct_mail_number(&mut self, difference: &MailDifference) -> Result<(), StoreError> {
        let MailDifference { day, cell, counted, in_log } = difference;
        let unchanged = if *counted == 0 {
            "attribute_not_exists(#cell) OR #cell = :counted"
        } else {
            "#cell = :counted"
        };
        let unchanged = Condition::expression(unchanged)
            .name("#cell", cell.clone())
            .value(":counted", n(counted))
            .value(":log", n(in_log));
        let table = self.store().names().operations.clone();
        self.update(Conflict::Count, &table, &key(day), "SET #cell = :log", unchanged)
    }
}

/// The status and template of an email as the numbers name them, for tests.
#[doc(hidden)]
pub fn cell_of(mail: &Mail) -> String {
    format!("{} {}", mail.status.as_str(), mail.template.as_str())
}

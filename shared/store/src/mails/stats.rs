//! How many emails were stored, sent and returned, by day. Each counter changes in the transaction
//! that changes the status of an email, so the counts are exact. A day has several items, so that
//! emails sent at once rarely write to the same one.

use std::collections::BTreeMap;

use provost_domain::{MessageId, Timestamp, time::DAY};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, n},
    transaction::Condition,
    walk::Walk,
};

/// The partition of the counters.
const PARTITION: &str = "MAILSTATS";
/// Items of a day.
const SHARDS: u128 = 8;
/// Retention time of a day, in milliseconds.
const KEPT: i64 = 400 * DAY;

/// A counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Stored, to be sent.
    Created,
    /// Accepted by the transport.
    Sent,
    /// Not sent.
    Failed,
    /// Given to the transport, which did not confirm it.
    Unconfirmed,
    /// Came back.
    Bounced,
    /// Reported as spam.
    Complained,
    /// Rejected by the transport after it was accepted.
    Rejected,
}

impl Counter {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unconfirmed => "unconfirmed",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Rejected => "rejected",
        }
    }
}

/// The counts of a day or of several days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MailCounts {
    /// Stored, to be sent.
    pub created: i64,
    /// Accepted by the transport.
    pub sent: i64,
    /// Not sent.
    pub failed: i64,
    /// Given to the transport, which did not confirm it.
    pub unconfirmed: i64,
    /// Came back.
    pub bounced: i64,
    /// Reported as spam.
    pub complained: i64,
    /// Rejected by the transport after it was accepted.
    pub rejected: i64,
}

impl MailCounts {
    /// Adds other counts.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.sent += other.sent;
        self.failed += other.failed;
        self.unconfirmed += other.unconfirmed;
        self.bounced += other.bounced;
        self.complained += other.complained;
        self.rejected += other.rejected;
    }
}

#[derive(Deserialize)]
struct Row {
    sk: String,
    #[serde(flatten)]
    counts: MailCounts,
}

impl Transaction {
    /// Counts an email that is stored and not sent, on the day of `now`.
    pub(crate) fn count_unsent_mail(
        &mut self,
        id: MessageId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let both = Condition::none()
            .name("#created", Counter::Created.attribute())
            .name("#failed", Counter::Failed.attribute())
            .value(":by", n(1));
        self.change_mail_counts(id, "SET #ttl = :ttl ADD #created :by, #failed :by", both, now)
    }

    /// Counts an email on the day of `now`; `by` is -1 to take a count back. A transaction can do so
    /// once, since it writes no item twice.
    pub(crate) fn count_mail(
        &mut self,
        id: MessageId,
        counter: Counter,
        by: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let one = Condition::none().name("#counter", counter.attribute()).value(":by", n(by));
        self.change_mail_counts(id, "SET #ttl = :ttl ADD #counter :by", one, now)
    }

    fn change_mail_counts(
        &mut self,
        id: MessageId,
        update: &'static str,
        values: Condition,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let key = Key::new(PARTITION, format!("{}#{}", now.date(), id.ulid().random() % SHARDS));
        let values = values.name("#ttl", "ttl").value(":ttl", n(now.plus(KEPT).seconds()));
        self.update(Conflict::MailStats, &table, &key, update, values)
    }
}

impl Store {
    /// The counts of each day from one to another, inclusive; days without emails are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn mail_counts(
        &self,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<String, MailCounts>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, PARTITION).between(
            "sk",
            from.to_owned(),
            format!("{to}#~"),
        );
        let mut days: BTreeMap<String, MailCounts> = BTreeMap::new();
        let mut after = None;
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let Row { sk, counts } = decode("counts of emails", item)?;
                let day = sk.split('#').next().unwrap_or_default().to_owned();
                days.entry(day).or_default().add(counts);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(days),
            }
        }
    }
}

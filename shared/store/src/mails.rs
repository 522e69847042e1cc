//! The email log: one item for each email, in its recipient's partition, so that the export and the
//! erasure of a user find it. Two indexes list emails newest first for staff: all of them, and those
//! to an address. An email to an external invitee is stored under the digest of the address, as the
//! invitation's address entry is, and TTL removes it together with the invitation.

pub mod broadcasts;
pub mod preferences;
mod reader;
mod reports;
mod sending;
pub mod stats;
pub mod suppressions;
pub mod templates;
pub mod totals;

use provost_domain::{
    Email, MessageId, Timestamp, UserId,
    mail::{Mail, MailStatus, Template},
    page::{Page, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError,
    item::{Item, Key, decode, s},
    organisation_invites::address_key,
    records::partition,
    transaction::Condition,
    walk::Walk,
};
pub use reader::Reader;
pub use sending::{Claimed, ClaimedOnce, Purpose};

/// The prefix of the sort key.
pub const PREFIX: &str = "MAIL#";
/// The one partition of the index `mails-by-newest`.
const MAILBOX: &str = "mail";

/// The key of an email to a user.
pub fn key(user: UserId, id: MessageId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

/// The key of an email to an address without an account, by the address's digest.
pub(crate) fn stranger_key(address: &str, id: MessageId) -> Key {
    Key::new(strangers_partition(address), format!("{PREFIX}{id}"))
}

/// The partition of the emails to an address without an account, by the address's digest.
fn strangers_partition(address: &str) -> String {
    format!("ADDRESS#{address}")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    #[serde(flatten)]
    mail: Mail,
    mailbox: String,
    held_until: Timestamp,
}

/// A filter for the email log.
#[derive(Debug, Clone, Default)]
pub struct MailFilter {
    /// With this status.
    pub status: Option<MailStatus>,
    /// Written by this template.
    pub template: Option<Template>,
    /// To this user: only the user's own partition is read.
    pub user: Option<UserId>,
    /// To this address: only the emails to it are read.
    pub to: Option<Email>,
    /// Written at or after this time.
    pub since: Option<Timestamp>,
    /// Written before this time.
    pub until: Option<Timestamp>,
}

impl Store {
    /// Removes every email that an address received while it had no account.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forget_emails(&self, address: &Email) -> Result<(), StoreError> {
        let place = strangers_partition(&address_key(address));
        let walk = Walk::of_table(&self.names.accounts, place.clone()).beginning("sk", PREFIX);
        let mut after = None;
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for sort in items.iter().filter_map(|item| item.get("sk")?.as_s().ok()) {
                let mut tx = self.transaction();
                tx.delete(
                    Conflict::MailLog,
                    &self.names.accounts,
                    &Key::new(place.clone(), sort.clone()),
                    Condition::none(),
                )?;
                tx.commit().await?;
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// A page of the email log, newest first, with the recipient of each email; `None` when the
    /// address had no account.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn mails(
        &self,
        filter: &MailFilter,
        request: &PageRequest,
    ) -> Result<Page<(Option<UserId>, Mail)>, StoreError> {
        let table = &self.names.accounts;
        // DynamoDB refuses a range whose bounds are the wrong way round.
        if filter.since.is_some() && filter.until.is_some() && filter.since >= filter.until {
            return Ok(Page { rows: Vec::new(), total: 0, next: None });
        }
        let walk = match filter.user {
            None => filter.in_log(table),
            Some(user) => {
                let mut walk =
                    Walk::of_table(table, partition(user)).beginning("sk", PREFIX).backward();
                // Ids sort by time, but a broadcast's by the time of the broadcast.
                for (time, comparison, value) in [
                    (filter.since, "#at >= :since", ":since"),
                    (filter.until, "#at < :until", ":until"),
                ] {
                    if let Some(time) = time {
                        let values = vec![(value, s(time.to_string()))];
                        walk = walk.filter(comparison, &[("#at", "createdAt")], values);
                    }
                }
                if let Some(to) = &filter.to {
                    let value = vec![(":to", s(to.as_str()))];
                    walk = walk.filter("#to = :to", &[("#to", "to")], value);
                }
                filter.narrowed(walk)
            }
        };
        let total = self.mails_total(filter).await?;
        let page = self.page(&walk, request, total).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

fn read(item: Item) -> Result<(Option<UserId>, Mail), StoreError> {
    let place =
        item.get("pk").and_then(|pk| pk.as_s().ok()).map(String::as_str).unwrap_or_default();
    let reader = match place.split_once('#') {
        Some(("USER", id)) => Some(
            id.parse().map_err(|_| StoreError::unreadable("a mail", "its partition is unknown"))?,
        ),
        Some(("ADDRESS", _)) => None,
        _ => return Err(StoreError::unreadable("a mail", "its partition is unknown")),
    };
    Ok((reader, decode("a mail", item)?))
}

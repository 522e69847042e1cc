//! Traces: which accounts were seen at an address, on a device, behind a mailbox or in a block of
//! phone numbers. A scan writes those of its person, and counts the others that it finds there.
//! People keep an address for as long as they like and then leave it to somebody else, so whoever
//! was seen behind a mailbox or in a block counts only while they are still there.
//!
//! The place is a digest, since the address itself is none of ours to keep twice. A trace names its
//! person as its subject, so erasing the person finds and removes it.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use provost_domain::{
    Email, Phone, Timestamp, UserId,
    contact::Stored,
    fraud::{WINDOW, features},
    time::DAY,
};
use serde::Serialize;

use crate::{
    Store, StoreError, Transaction,
    item::{Item, Key, encode, s},
    principals,
    transaction::Condition,
    walk::Walk,
};

/// How long a mailbox or a block of phone numbers is remembered after the last scan, in
/// milliseconds.
const LASTING: i64 = 400 * DAY;
/// At most this many accounts are counted in one place: no rule needs to know of more.
pub(crate) const MAX: u64 = 200;

/// Where somebody may be seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sighting {
    /// A network address, as addresses are counted.
    Address(String),
    /// A device: a network address, as addresses are counted, together with a user agent.
    Device(String, String),
    /// A mailbox, whatever the spelling of its address.
    Mailbox(String),
    /// The block of a hundred that a phone number is of.
    PhoneBlock(String),
}

impl Sighting {
    fn partition(&self) -> String {
        let (kind, text) = match self {
            Self::Address(ip) => ("address", ip.clone()),
            Self::Device(ip, agent) => ("device", format!("{ip} {agent}")),
            Self::Mailbox(mailbox) => ("mailbox", mailbox.clone()),
            Self::PhoneBlock(block) => ("phone", block.clone()),
        };
        format!("TRACE#{kind}#{}", hex::encode(digest(&SHA256, text.as_bytes())))
    }

    const fn remembered(&self) -> i64 {
        match self {
            Self::Address(_) | Self::Device(..) => WINDOW,
            Self::Mailbox(_) | Self::PhoneBlock(_) => LASTING,
        }
    }

    /// Whether it belongs to whoever is there, so that leaving it ends what it says of them; one is
    /// only seen at an address or on a device.
    const fn is_held(&self) -> bool {
        matches!(self, Self::Mailbox(_) | Self::PhoneBlock(_))
    }

    /// Whether a person, by the item of their principal, has it now.
    fn is_of(&self, person: &Item) -> bool {
        match self {
            Self::Mailbox(mailbox) => {
                features::mailbox(&Email::stored(text(person, "email").to_owned())) == *mailbox
            }
            Self::PhoneBlock(block) => {
                Phone::stored(text(person, "phone").to_owned()).block() == block
            }
            Self::Address(_) | Self::Device(..) => false,
        }
    }

    /// Where a person's trace stands.
    fn key(&self, user: UserId) -> Key {
        Key::new(self.partition(), format!("SEEN#{user}"))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    subject_id: UserId,
    seen_at: Timestamp,
    ttl: i64,
}

pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

impl Transaction {
    /// Remembers that a person was seen somewhere.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn add_sighting(
        &mut self,
        user: UserId,
        spot: &Sighting,
        seen_at: Timestamp,
    ) -> Result<(), StoreError> {
        let trace =
            Trace { subject_id: user, seen_at, ttl: seen_at.plus(spot.remembered()).seconds() };
        let (item, table) =
            (encode("a trace", &spot.key(user), &trace)?, self.store().names().operations.clone());
        self.put("trace", &table, item, Condition::none())
    }
}

impl Store {
    /// How many other people were seen in a place within the time that it counts, and are still
    /// there if it is theirs alone; beyond two hundred it is not counted on.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn others_at(
        &self,
        spot: &Sighting,
        user: UserId,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let walk = Walk::of_table(&self.names.operations, spot.partition()).filter(
            "seenAt >= :since",
            &[],
            vec![(":since", s(now.plus(-spot.remembered()).to_string()))],
        );
        let (items, _, _) = self.step(&walk, None, Some(MAX), true).await?;
        let own = spot.key(user).sk;
        let others: Vec<&Item> = items.iter().filter(|item| text(item, "sk") != own).collect();
        if !spot.is_held() {
            return Ok(count(others.len()));
        }
        let people = others.into_iter().filter_map(|item| text(item, "subjectId").parse().ok());
        let keys: Vec<Key> = people.map(principals::key).collect();
        if keys.is_empty() {
            return Ok(0);
        }
        let now = self.batch_get(&self.names.accounts, keys, true).await?;
        Ok(count(now.iter().filter(|person| spot.is_of(person)).count()))
    }

    /// How many others have an address at the same domain that differs in one letter, among the
    /// first two hundred that begin alike.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn similar_addresses(&self, email: &Email) -> Result<u32, StoreError> {
        let begins: String =
            email.local().chars().take(email.local().chars().count().div_ceil(2).max(3)).collect();
        let walk =
            Walk::of_index(&self.names.accounts, "users-by-email", "directory", "users", "email")
                .beginning("email", begins);
        let (items, _, _) = self.step(&walk, None, Some(MAX), true).await?;
        let found: BTreeSet<&str> = items.iter().map(|item| text(item, "email")).collect();
        Ok(count(
            found
                .into_iter()
                .map(|other| Email::stored(other.to_owned()))
                .filter(|other| features::is_similar(email, other))
                .count(),
        ))
    }
}

pub(crate) fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

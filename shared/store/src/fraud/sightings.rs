//! Sightings: which accounts were seen at an IP address, on a device, with a mailbox or in a block
//! of phone numbers. A scan writes those of its user, and counts the others that it finds there.
//! Users give up addresses and phone numbers, which others then get, so an account with a mailbox
//! or in a block counts only while it still has it.
//!
//! The place is stored as a digest, to avoid a second copy of the address. A sighting names its
//! user as its subject, so an erasure of the user finds and removes it.

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
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, encode, s},
    records,
    transaction::Condition,
    walk::Walk,
};

/// How long a mailbox or a block of phone numbers is remembered after the last scan, in
/// milliseconds.
const LASTING: i64 = 400 * DAY;
/// The maximum number of accounts counted in one place: no rule needs more.
pub(crate) const MAX: u64 = 200;

/// A place where a user may be seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sighting {
    /// An IP address, grouped as rate limits group addresses.
    Address(String),
    /// A device: an IP address, grouped as rate limits group addresses, together with a user agent.
    Device(String, String),
    /// A mailbox, regardless of how its address is spelled.
    Mailbox(String),
    /// The block of a hundred phone numbers that contains a number.
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

    /// Whether a user owns it, so that a sighting ends when the user gives it up; IP addresses and
    /// devices are not owned.
    const fn is_held(&self) -> bool {
        matches!(self, Self::Mailbox(_) | Self::PhoneBlock(_))
    }

    /// Whether a user, given by their account item, has it now.
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

    /// The key of a user's sighting.
    fn key(&self, user: UserId) -> Key {
        Key::new(self.partition(), format!("SEEN#{user}"))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredSighting {
    subject_id: UserId,
    seen_at: Timestamp,
    ttl: i64,
}

pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

impl Transaction {
    /// Records that a user was seen in a place.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_sighting(
        &mut self,
        user: UserId,
        sighting: &Sighting,
        seen_at: Timestamp,
    ) -> Result<(), StoreError> {
        let stored = StoredSighting {
            subject_id: user,
            seen_at,
            ttl: seen_at.plus(sighting.remembered()).seconds(),
        };
        let (item, table) = (
            encode("a sighting", &sighting.key(user), &stored)?,
            self.store().names().operations.clone(),
        );
        self.put(Conflict::Sighting, &table, item, Condition::none())
    }
}

impl Store {
    /// How many other users were seen in a place within its retention, and, if users own it, still
    /// have it; the count stops at two hundred.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn others_at(
        &self,
        sighting: &Sighting,
        user: UserId,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let walk = Walk::of_table(&self.names.operations, sighting.partition()).filter(
            "seenAt >= :since",
            &[],
            vec![(":since", s(now.plus(-sighting.remembered()).to_string()))],
        );
        let (items, _, _) = self.step(&walk, None, Some(MAX), true).await?;
        let own = sighting.key(user).sk;
        let others: Vec<&Item> = items.iter().filter(|item| text(item, "sk") != own).collect();
        if !sighting.is_held() {
            return Ok(count(others.len()));
        }
        let people = others.into_iter().filter_map(|item| text(item, "subjectId").parse().ok());
        let keys: Vec<Key> = people.map(records::key).collect();
        if keys.is_empty() {
            return Ok(0);
        }
        let now = self.batch_get(&self.names.accounts, keys, true).await?;
        Ok(count(now.iter().filter(|person| sighting.is_of(person)).count()))
    }

    /// How many other users have an address at the same domain that differs in one letter, among
    /// the first two hundred with the same prefix.
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

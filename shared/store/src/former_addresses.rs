//! Addresses that an account had and proved before it took another, remembered for as long as an
//! invitation to one of them may be: an erasure takes those along.

use provost_domain::{
    Email, Timestamp, UserId,
    organisation_invite::{INVITE_LIFE, REMEMBERED},
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    organisation_invites::address_key,
    principals::partition,
    transaction::Condition,
    walk::Walk,
};

/// How their sort keys begin.
pub const PREFIX: &str = "FORMER#";

/// Where a former address stands.
pub fn key(user: UserId, email: &Email) -> Key {
    Key::new(partition(user), format!("{PREFIX}{}", address_key(email)))
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Former {
    #[serde(deserialize_with = "provost_domain::contact::stored")]
    email: Email,
}

impl Transaction {
    /// Remembers an address that the account gives up now.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn remember_former_address(
        &mut self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item =
            encode("a former address", &key(user, email), &Former { email: email.clone() })?;
        item.insert("ttl".to_owned(), n(now.plus(INVITE_LIFE + REMEMBERED).seconds()));
        let table = self.store().names().accounts.clone();
        self.put("former address", &table, item, Condition::none())
    }
}

impl Store {
    /// The addresses that a person had lately and that nobody else has now.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn former_addresses(&self, user: UserId) -> Result<Vec<Email>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(user)).beginning("sk", PREFIX);
        let (mut addresses, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let Former { email } = decode("a former address", item)?;
                // Whoever has it now was invited by it, or may be.
                if self.owner_of_email(&email).await?.is_none_or(|owner| owner == user) {
                    addresses.push(email);
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(addresses),
            }
        }
    }
}

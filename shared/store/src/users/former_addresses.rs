//! Confirmed addresses that an account had before its current one, stored for as long as an
//! invitation to one of them may be: an erasure removes those invitations too.

use provost_domain::{
    Email, Timestamp, UserId,
    organisation_invite::{INVITE_LIFE, REMEMBERED},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    organisation_invites::address_key,
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of their sort keys.
pub const PREFIX: &str = "FORMER#";

/// The key of a former address.
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
    /// Stores an address that the account gives up now.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
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
        self.put(Conflict::FormerAddress, &table, item, Condition::none())
    }
}

impl Store {
    /// The addresses that a user had recently and that no other user has now.
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
                // Invitations to an address that another user has now may be for that user.
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

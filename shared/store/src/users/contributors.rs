//! The profile of a contributor, including its ledger: one item in the user's partition.

use provost_domain::{UserId, staff_record::Contributor};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    records::partition,
    transaction::Condition,
};

/// The key of the profile.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "CONTRIBUTOR")
}

impl Store {
    /// Reads the profile; it is empty for a user who never contributed.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn contributor(&self, user: UserId) -> Result<Contributor, StoreError> {
        let found = self.get(&self.names.accounts, &key(user), "reading a contributor").await?;
        found.map_or_else(|| Ok(Contributor::default()), |item| decode("a contributor", item))
    }
}

impl Transaction {
    /// Writes the profile. The account's revision, written in the same transaction, guards it.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_contributor(
        &mut self,
        user: UserId,
        contributor: &Contributor,
    ) -> Result<(), StoreError> {
        let (item, table) = (
            encode("a contributor", &key(user), contributor)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::Contributor, &table, item, Condition::none())
    }
}

//! Second factors: one item in their owner's partition. Every write is conditional on the version
//! that was read, so that no code works twice.

use provost_domain::{Pseudonym, UserId, second_factor::SecondFactor, secret::SubjectKey};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    records::partition,
    seal,
    transaction::Condition,
};

/// The key of a second factor.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "SECONDFACTOR")
}

/// The context of a sealed secret besides its owner, so that no other sealed value of the owner is
/// accepted as one.
fn context(pseudonym: Pseudonym) -> Vec<u8> {
    format!("second factor of {pseudonym}").into_bytes()
}

/// Seals the secret of a second factor under its owner's key.
pub fn seal_secret(key: &SubjectKey, pseudonym: Pseudonym, secret: &[u8; 20]) -> Option<String> {
    seal::seal_with(&key.0, &context(pseudonym), secret)
}

/// Opens what [`seal_secret`] sealed.
pub fn open_secret(key: &SubjectKey, pseudonym: Pseudonym, sealed: &str) -> Option<[u8; 20]> {
    seal::open_with(&key.0, &context(pseudonym), sealed)?.try_into().ok()
}

impl Store {
    /// A user's second factor, confirmed or not.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user), "reading a second factor").await?;
        found.map(|item| decode("a second factor", item)).transpose()
    }
}

impl Transaction {
    /// Writes a second factor, on condition that it is unchanged since it was read; version 0 is
    /// one that did not exist.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_second_factor(
        &mut self,
        user: UserId,
        factor: &SecondFactor,
    ) -> Result<(), StoreError> {
        let written = SecondFactor { version: factor.version + 1, ..factor.clone() };
        let condition = if factor.version == 0 {
            Condition::absent()
        } else {
            Condition::equals("version", n(factor.version))
        };
        let (item, table) = (
            encode("a second factor", &key(user), &written)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::SecondFactor, &table, item, condition)
    }

    /// Removes a second factor, on the same condition.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_second_factor(
        &mut self,
        user: UserId,
        factor: &SecondFactor,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(
            Conflict::SecondFactor,
            &table,
            &key(user),
            Condition::equals("version", n(factor.version)),
        )
    }
}

//! SSH keys: one item each, in their owner's partition, oldest first.

use provost_domain::{SshKeyId, UserId, ssh_key::SshKey};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "SSHKEY#";

/// The primary key of an SSH key.
pub fn key(user: UserId, id: SshKeyId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

impl Store {
    /// A user's SSH keys, oldest first; there are at most fifty.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn ssh_keys(&self, user: UserId) -> Result<Vec<SshKey>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(user)).beginning("sk", PREFIX);
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                keys.push(decode("an SSH key", item)?);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(keys),
            }
        }
    }
}

impl Transaction {
    /// Adds a key. The account's revision, written in the same transaction, guards the maximum
    /// number and the uniqueness of keys.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_ssh_key(&mut self, user: UserId, ssh_key: &SshKey) -> Result<(), StoreError> {
        let (item, table) = (
            encode("an SSH key", &key(user, ssh_key.id), ssh_key)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::SshKey, &table, item, Condition::absent())
    }

    /// Removes keys, whether or not each still exists.
    ///
    /// # Errors
    /// `Unreadable` when a write cannot be built.
    pub fn remove_ssh_keys(&mut self, user: UserId, keys: &[SshKey]) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        keys.iter().try_for_each(|ssh_key| {
            self.delete(Conflict::SshKey, &table, &key(user, ssh_key.id), Condition::none())
        })
    }

    /// Removes an existing key.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_ssh_key(&mut self, user: UserId, id: SshKeyId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(Conflict::SshKey, &table, &key(user, id), Condition::present())
    }
}

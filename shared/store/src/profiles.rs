//! Profiles: a person's details, in their partition, beside the principal.

use provost_domain::{UserId, profile::Profile};

use crate::{Store, StoreError, Transaction, item::{Key, decode, encode}, principals::partition, transaction::Condition};

/// Where a profile stands.
pub fn key(user: UserId) -> Key { Key::new(partition(user), "PROFILE") }

impl Store {
    /// Reads a profile; a person who told nothing has an empty one.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn profile(&self, user: UserId) -> Result<Profile, StoreError> {
        let call = self.dynamo.get_item().table_name(&self.names.accounts).set_key(Some(key(user).attributes())).consistent_read(true);
        let found = call.send().await.map_err(|cause| StoreError::unavailable("reading a profile", cause))?;
        found.item.map_or_else(|| Ok(Profile::default()), |item| decode("a profile", item))
    }
}

impl Transaction {
    /// Writes a profile. The principal's revision, written in the same transaction, guards it.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn save_profile(&mut self, user: UserId, profile: &Profile) -> Result<(), StoreError> {
        let (item, table) = (encode("a profile", &key(user), profile)?, self.store().names().accounts.clone());
        self.put("profile", &table, item, Condition::none())
    }
}

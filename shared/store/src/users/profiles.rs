//! Profiles: a user's details, in their partition, beside the account.

use provost_domain::{Principal, UserId, profile::Profile};
use serde::Deserialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    principals::{self, partition},
    transaction::Condition,
};

/// The key of a profile.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "PROFILE")
}

/// The kind of a user's item.
#[derive(Deserialize)]
struct Place {
    sk: String,
}

impl Store {
    /// Reads a profile; it is empty for a user who entered nothing.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn profile(&self, user: UserId) -> Result<Profile, StoreError> {
        let found = self.get_row(&self.names.accounts, &key(user), "reading a profile").await?;
        found.map_or_else(|| Ok(Profile::default()), |item| decode("a profile", item))
    }

    /// Reads account and profile in one strongly consistent request, to show another user's
    /// account.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn principal_and_profile(
        &self,
        user: UserId,
    ) -> Result<Option<(Principal, Profile)>, StoreError> {
        let (mut principal, mut profile) = (None, Profile::default());
        for row in self.get_rows(&self.names.accounts, &[principals::key(user), key(user)]).await? {
            let Place { sk } = decode("a key", row.clone())?;
            if sk == "PRINCIPAL" {
                principal = Some(principals::read(row)?);
            } else {
                profile = decode("a profile", row)?;
            }
        }
        Ok(principal.map(|principal| (principal, profile)))
    }
}

impl Transaction {
    /// Writes a profile. The account's revision, written in the same transaction, guards it.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_profile(&mut self, user: UserId, profile: &Profile) -> Result<(), StoreError> {
        let (item, table) =
            (encode("a profile", &key(user), profile)?, self.store().names().accounts.clone());
        self.put(Conflict::Profile, &table, item, Condition::none())
    }
}

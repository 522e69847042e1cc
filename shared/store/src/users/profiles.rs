//! Profiles: a user's details, in their partition, beside the account.

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use provost_domain::{User, UserId, profile::Profile};
use serde::Deserialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    credentials::{self, Credential},
    item::{Key, decode, encode},
    records::{self, partition},
    transaction::Condition,
};

/// The key of a profile.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "PROFILE")
}

/// How many requests for users run at the same time.
const CONCURRENCY: usize = 8;

/// A user with all that the user's page shows.
#[derive(Debug, Clone)]
pub struct UserInFull {
    /// The account.
    pub user: User,
    /// The profile; empty for a user who entered nothing.
    pub profile: Profile,
    /// The password credential; none for a user without a password.
    pub credential: Option<Credential>,
}

/// The kind of a user's item.
#[derive(Deserialize)]
struct Place {
    sk: String,
}

/// The owner and the kind of an item.
#[derive(Deserialize)]
struct OwnedPlace {
    pk: String,
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

    /// Reads the profiles of users, by user; users who entered nothing are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn profiles_of(
        &self,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<BTreeMap<UserId, Profile>, StoreError> {
        let mut found = BTreeMap::new();
        let keys = users.into_iter().map(key).collect();
        for item in self.batch_get(&self.names.accounts, keys, true).await? {
            let user = item
                .get("pk")
                .and_then(|pk| pk.as_s().ok()?.strip_prefix("USER#")?.parse().ok())
                .ok_or_else(|| StoreError::unreadable("a profile", "no user has it"))?;
            found.insert(user, decode("a profile", item)?);
        }
        Ok(found)
    }

    /// Reads account and profile in one strongly consistent request, to show another user's
    /// account.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user_and_profile(
        &self,
        user: UserId,
    ) -> Result<Option<(User, Profile)>, StoreError> {
        let (mut record, mut profile) = (None, Profile::default());
        for row in self.get_rows(&self.names.accounts, &[records::key(user), key(user)]).await? {
            let Place { sk } = decode("a key", row.clone())?;
            if sk == "PRINCIPAL" {
                record = Some(records::read(row)?);
            } else {
                profile = decode("a profile", row)?;
            }
        }
        Ok(self.completed(record).await?.map(|record| (record, profile)))
    }

    /// Reads all that a user's page shows in one strongly consistent request.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user_in_full(&self, user: UserId) -> Result<Option<UserInFull>, StoreError> {
        let keys = [records::key(user), key(user), credentials::key(user)];
        let (mut record, mut profile, mut credential) = (None, Profile::default(), None);
        for row in self.get_rows(&self.names.accounts, &keys).await? {
            let Place { sk } = decode("a key", row.clone())?;
            match sk.as_str() {
                "PRINCIPAL" => record = Some(records::read(row)?),
                "PROFILE" => profile = decode("a profile", row)?,
                _ => credential = Some(decode("a credential", row)?),
            }
        }
        let record = self.completed(record).await?;
        Ok(record.map(|user| UserInFull { user, profile, credential }))
    }

    /// The same for many users, a few at a time; users who do not exist are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn users_in_full(&self, users: &[UserId]) -> Result<Vec<UserInFull>, StoreError> {
        // Three items of each user, a hundred in a request.
        let chunks: Vec<Vec<UserId>> = users.chunks(33).map(<[_]>::to_vec).collect();
        let read = |users: Vec<UserId>| async move { self.some_in_full(&users).await };
        let found: Vec<Vec<UserInFull>> =
            stream::iter(chunks).map(read).buffered(CONCURRENCY).try_collect().await?;
        let mut all: Vec<UserInFull> = found.into_iter().flatten().collect();
        self.complete(all.iter_mut().map(|found| &mut found.user)).await?;
        Ok(all)
    }

    async fn some_in_full(&self, users: &[UserId]) -> Result<Vec<UserInFull>, StoreError> {
        let keys = users
            .iter()
            .flat_map(|user| [records::key(*user), key(*user), credentials::key(*user)])
            .collect::<Vec<_>>();
        let (mut records, mut profiles, mut credentials) =
            (Vec::new(), HashMap::new(), HashMap::new());
        for row in self.get_rows(&self.names.accounts, &keys).await? {
            let OwnedPlace { pk, sk } = decode("a key", row.clone())?;
            match sk.as_str() {
                "PRINCIPAL" => records.push(records::read(row)?),
                "PROFILE" => drop(profiles.insert(pk, decode("a profile", row)?)),
                _ => drop(credentials.insert(pk, decode("a credential", row)?)),
            }
        }
        let found = records.into_iter().map(|user: User| {
            let pk = records::partition(user.user_id);
            UserInFull {
                profile: profiles.remove(&pk).unwrap_or_default(),
                credential: credentials.remove(&pk),
                user,
            }
        });
        Ok(found.collect())
    }

    /// A URL of a user's avatar, valid for one minute; none if the user has no avatar.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn avatar_url(&self, profile: &Profile) -> Result<Option<String>, StoreError> {
        let Some(key) = &profile.avatar_key else { return Ok(None) };
        self.presign_avatar(&self.names.files, key).await.map(Some)
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

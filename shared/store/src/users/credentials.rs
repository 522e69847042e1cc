//! Credentials: the password hash and the descriptions of API keys, in the user's partition. No
//! index projects them.

use provost_domain::{ApiKeyId, Timestamp, UserId, api_key::ApiKey};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, s},
    records::partition,
    transaction::Condition,
};

/// The password credential of a user.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// Argon2id, in PHC form; until the first sign-in of an imported user also a hash of another
    /// system, in the form that `provost_auth::password::import` returns.
    pub password_hash: String,
    /// When it was set.
    pub set_at: Timestamp,
    /// How many passwords were set after the first. A link in an email contains the count at the
    /// time it was written: it works once, and not after another password was set.
    #[serde(default)]
    pub resets: u64,
    /// Whether a new password must be set before the next sign-in: set when staff force a reset,
    /// cleared by the new password.
    #[serde(default)]
    pub must_reset: bool,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// The key of a credential.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "CREDENTIAL")
}

/// The key of an API key's description.
pub fn api_key_key(user: UserId, id: ApiKeyId) -> Key {
    Key::new(partition(user), format!("APIKEY#{id}"))
}

impl Store {
    /// Reads a user's credential.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn credential(&self, user: UserId) -> Result<Option<Credential>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user), "reading a credential").await?;
        found.map(|item| decode("a credential", item)).transpose()
    }

    /// Reads account and credential in one request, for a sign-in.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user_and_credential(
        &self,
        user: UserId,
    ) -> Result<Option<(provost_domain::User, Option<Credential>)>, StoreError> {
        let (mut record, mut credential) = (None, None);
        for item in self
            .batch_get(&self.names.accounts, vec![crate::records::key(user), key(user)], true)
            .await?
        {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("PRINCIPAL") => record = Some(crate::records::read(item)?),
                _ => credential = Some(decode("a credential", item)?),
            }
        }
        Ok(self.completed(record).await?.map(|record| (record, credential)))
    }

    /// A user's API keys, oldest first; there are at most twenty.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
        let call = self
            .dynamo
            .query()
            .table_name(&self.names.accounts)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", s(partition(user)))
            .expression_attribute_values(":sk", s("APIKEY#"));
        let answer = call
            .consistent_read(true)
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("reading API keys", cause))?;
        answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|item| decode("an API key", item))
            .collect()
    }
}

impl Transaction {
    /// Writes a user's credential.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_credential(
        &mut self,
        user: UserId,
        credential: &Credential,
    ) -> Result<(), StoreError> {
        let (item, table) = (
            encode("a credential", &key(user), credential)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::Credential, &table, item, Condition::none())
    }

    /// Writes the description of an API key; the digest that is checked is in the user record.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_api_key(&mut self, user: UserId, api_key: &ApiKey) -> Result<(), StoreError> {
        let (item, table) = (
            encode("an API key", &api_key_key(user, api_key.id), api_key)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::ApiKey, &table, item, Condition::absent())
    }

    /// Removes the description of an API key.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_api_key(&mut self, user: UserId, id: ApiKeyId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(Conflict::ApiKey, &table, &api_key_key(user, id), Condition::present())
    }
}

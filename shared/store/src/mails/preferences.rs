//! What a user chose about emails: one item in the user's partition, so that an export and an
//! erasure find it. Without it, the user gets every email.

use std::collections::BTreeMap;

use provost_domain::{Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    mails::Reader,
    records::partition,
    transaction::Condition,
};

/// The sort key.
pub const SORT: &str = "MAILPREFERENCES";

/// What a user chose about emails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MailPreferences {
    /// Since when the user gets no broadcasts; none if the user does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribed_at: Option<Timestamp>,
}

fn key(user: UserId) -> Key {
    Key::new(partition(user), SORT)
}

impl Transaction {
    /// Stores what a user chose, unless the user is being erased ([`Conflict::Recipient`]).
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_mail_preferences(
        &mut self,
        user: UserId,
        preferences: &MailPreferences,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let item = encode("mail preferences", &key(user), preferences)?;
        self.put(Conflict::MailPreferences, &table, item, Condition::none())?;
        Reader::Person(user).check(self)
    }

    /// Requires that a user gets broadcasts.
    pub(crate) fn check_subscribed(&mut self, user: UserId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let subscribed =
            Condition::expression("attribute_not_exists(#since)").name("#since", "unsubscribedAt");
        self.check(Conflict::MailPreferences, &table, &key(user), subscribed)
    }
}

impl Store {
    /// What a user chose (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn mail_preferences(&self, user: UserId) -> Result<MailPreferences, StoreError> {
        Ok(self.mail_preferences_of([user]).await?.remove(&user).unwrap_or_default())
    }

    /// What users chose, by user; users who chose nothing are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn mail_preferences_of(
        &self,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<BTreeMap<UserId, MailPreferences>, StoreError> {
        let mut found = BTreeMap::new();
        let keys = users.into_iter().map(key).collect();
        for item in self.batch_get(&self.names.accounts, keys, true).await? {
            let user = item
                .get("pk")
                .and_then(|pk| pk.as_s().ok()?.strip_prefix("USER#")?.parse().ok())
                .ok_or_else(|| StoreError::unreadable("mail preferences", "no user has them"))?;
            found.insert(user, decode("mail preferences", item)?);
        }
        Ok(found)
    }
}

//! Pseudonyms of users in the audit log.

use std::collections::{BTreeSet, HashMap};

use provost_domain::{Pseudonym, UserId, secret::SubjectKey};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    item::{Key, decode},
};

/// The key of the item that maps a pseudonym to its user, while the user exists.
pub fn subject_key(pseudonym: Pseudonym) -> Key {
    Key::new(format!("SUBJECT#{pseudonym}"), "KEY")
}

/// Maps a pseudonym to its user and to the key that encrypts identifying data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectItem {
    /// The user.
    pub user_id: UserId,
    /// The key.
    pub subject_key: SubjectKey,
}

impl Store {
    /// The users behind pseudonyms, for reading the audit log; erased users are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn subjects(
        &self,
        pseudonyms: impl IntoIterator<Item = Pseudonym>,
    ) -> Result<HashMap<Pseudonym, SubjectItem>, StoreError> {
        let distinct: BTreeSet<_> = pseudonyms.into_iter().collect();
        let mut found = HashMap::new();
        for item in self
            .batch_get(&self.names.accounts, distinct.into_iter().map(subject_key).collect(), false)
            .await?
        {
            let pseudonym = item
                .get("pk")
                .and_then(|pk| pk.as_s().ok())
                .and_then(|pk| pk.strip_prefix("SUBJECT#"))
                .and_then(|text| text.parse().ok());
            if let Some(pseudonym) = pseudonym {
                found.insert(pseudonym, decode("a pseudonym", item)?);
            }
        }
        Ok(found)
    }

    /// The user id behind a pseudonym, or the pseudonym itself after an erasure.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn user_or_pseudonym(&self, pseudonym: Pseudonym) -> Result<String, StoreError> {
        let found = self.subjects([pseudonym]).await?;
        Ok(found
            .get(&pseudonym)
            .map_or_else(|| pseudonym.to_string(), |subject| subject.user_id.to_string()))
    }
}

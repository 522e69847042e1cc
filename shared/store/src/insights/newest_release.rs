//! The newest release of this software, as it was found the last time.

use provost_domain::{Timestamp, release::Release};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError,
    item::{Key, decode, encode},
    transaction::Condition,
};

/// What a search for releases found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundRelease {
    /// Time of the last attempt.
    pub tried_at: Timestamp,
    /// Time of the last search that succeeded.
    #[serde(default)]
    pub checked_at: Option<Timestamp>,
    /// The newest release; none if there is no release yet.
    #[serde(default)]
    pub release: Option<Release>,
}

fn key() -> Key {
    Key::new("METRIC#newest_release", "NOW")
}

impl Store {
    /// The result of the last search.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn found_release(&self) -> Result<Option<FoundRelease>, StoreError> {
        let found = self.get(&self.names.operations, &key(), "reading the newest release").await?;
        found.map(|item| decode("the newest release", item)).transpose()
    }

    /// Stores the result of a search.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remember_release(&self, found: &FoundRelease) -> Result<(), StoreError> {
        let item = encode("the newest release", &key(), found)?;
        let mut tx = self.transaction();
        tx.put(Conflict::Counter, &self.names.operations, item, Condition::none())?;
        tx.commit().await
    }
}

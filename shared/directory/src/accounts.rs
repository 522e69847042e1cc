//! The users of the index, read from the accounts table.

use provost_domain::UserId;
use provost_search::{
    UserRecord,
    storage::{StorageError, UserPage, UserSource},
};
use provost_store::Store;

use crate::records;

/// Users that a rebuild reads at a time.
const PAGE: u32 = 1_000;

/// The users of this deployment.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a>(pub &'a Store);

impl Accounts<'_> {
    /// All users, if they are at most this many.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn few(&self, most: u32) -> Result<Option<Vec<UserRecord>>, StorageError> {
        let listed = self.0.user_ids(None, most).await;
        let (ids, next) = listed.map_err(|error| StorageError(Box::new(error)))?;
        if next.is_some() {
            return Ok(None);
        }
        self.read(&ids).await.map(Some)
    }
}

impl UserSource for Accounts<'_> {
    async fn read(&self, ids: &[UserId]) -> Result<Vec<UserRecord>, StorageError> {
        records::records(self.0, ids).await.map_err(|error| StorageError(Box::new(error)))
    }

    // The list of ids comes from an index of the table, which may lag. A user that it misses is
    // new, so the stream of the table announces the user as well.
    async fn page(&self, after: Option<String>) -> Result<UserPage, StorageError> {
        let listed = self.0.user_ids(after, PAGE).await;
        let (ids, next) = listed.map_err(|error| StorageError(Box::new(error)))?;
        Ok(UserPage { records: self.read(&ids).await?, next })
    }
}

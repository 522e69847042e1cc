//! The index in memory, kept up to date between requests.

use provost_domain::{Timestamp, UserId, consistency::ConsistencyToken, time::SECOND};
use provost_search::{
    Index,
    protocol::{IndexReader, ProtocolError},
    storage::UserSource,
};
use provost_store::Store;
use tokio::sync::Mutex;

use crate::{Accounts, Bucket};

/// How old the index in memory may be before the bucket is asked for changes.
pub const MAX_AGE: i64 = 2 * SECOND;
/// The most bytes to which an object may unpack: 60 % of the memory of the function.
const MEMORY: usize = 1_060 << 20;

/// How many users are read from the table when there is no index yet.
pub const MAX_UNINDEXED: u32 = 1_000;

/// The index that a function keeps in memory.
#[derive(Debug)]
pub struct Current(Mutex<IndexReader>);

impl Default for Current {
    fn default() -> Self {
        Self(Mutex::new(IndexReader::new(MEMORY)))
    }
}

/// An index as of a time.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The index.
    pub index: Index,
    /// When it was last compared with the stored one.
    pub as_of: Timestamp,
    /// The number of its manifest.
    pub generation: u64,
}

impl Current {
    /// The index, at most two seconds old, with everything that the token names.
    ///
    /// # Errors
    /// The storage fails, or the index does not exist or is damaged.
    pub async fn snapshot(
        &self,
        store: &Store,
        token: &ConsistencyToken,
        now: Timestamp,
    ) -> Result<Snapshot, ProtocolError> {
        let mut reader = self.0.lock().await;
        if now.since(reader.as_of()) >= MAX_AGE || reader.generation() == 0 {
            reader.refresh(&Bucket(store), now).await?;
        }
        let changed: Vec<(UserId, u64)> = token.users().collect();
        let index = reader.with_changes(&Accounts(store), &changed).await?;
        Ok(Snapshot { index, as_of: reader.as_of(), generation: reader.generation() })
    }

    /// The same for lists that must answer before the index of a new deployment, or of a release that
    /// reads no earlier one, is made: without a stored index, one of all users as the table has them, as long as they are few.
    ///
    /// # Errors
    /// As for [`Self::snapshot`]; `Missing` if there are more than [`MAX_UNINDEXED`] users.
    pub async fn snapshot_or_table(
        &self,
        store: &Store,
        token: &ConsistencyToken,
        now: Timestamp,
    ) -> Result<Snapshot, ProtocolError> {
        match self.snapshot(store, token, now).await {
            Err(error) if error.is_missing() => {}
            found => return found,
        }
        let few = Accounts(store).few(MAX_UNINDEXED).await?.ok_or(ProtocolError::Missing)?;
        Ok(Snapshot { index: Index::from_records(&few), as_of: now, generation: 0 })
    }
}

impl Snapshot {
    /// The index with these users as the table has them now, whatever their version.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn with_current(
        &mut self,
        store: &Store,
        users: &[UserId],
    ) -> Result<(), ProtocolError> {
        let records = Accounts(store).read(users).await?;
        let absent: Vec<UserId> = users
            .iter()
            .filter(|user| records.iter().all(|record| record.id != **user))
            .copied()
            .collect();
        self.index = self.index.with_overlay(&records, &absent);
        Ok(())
    }
}

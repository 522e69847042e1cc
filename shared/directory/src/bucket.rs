//! The objects of the index, in S3.

use bytes::Bytes;
use provost_search::storage::{
    Condition, Fetched, ObjectStore, StorageError, StoredObject, Written,
};
use provost_store::{Store, StoreError, conditional_objects::ReadObject};

/// The prefix of every key. The bucket may hold other indexes later.
const PREFIX: &str = "users/";
const MEDIA_TYPE: &str = "application/octet-stream";

/// The objects of the user index.
#[derive(Debug, Clone, Copy)]
pub struct Bucket<'a>(pub &'a Store);

fn failed(error: StoreError) -> StorageError {
    StorageError(Box::new(error))
}

impl Bucket<'_> {
    fn name(&self) -> &str {
        &self.0.names().index
    }

    async fn read(&self, key: &str, known: Option<&str>) -> Result<Fetched, StorageError> {
        let key = format!("{PREFIX}{key}");
        match self.0.read_object(self.name(), &key, known).await.map_err(failed)? {
            ReadObject::Missing => Ok(Fetched::Missing),
            ReadObject::Unchanged => Ok(Fetched::Unchanged),
            ReadObject::Found { bytes, etag } => {
                Ok(Fetched::Changed(StoredObject { bytes: bytes.into(), tag: etag }))
            }
        }
    }
}

impl ObjectStore for Bucket<'_> {
    async fn get(&self, key: &str) -> Result<Option<StoredObject>, StorageError> {
        Ok(match self.read(key, None).await? {
            Fetched::Changed(object) => Some(object),
            Fetched::Unchanged | Fetched::Missing => None,
        })
    }

    async fn get_if_changed(&self, key: &str, tag: &str) -> Result<Fetched, StorageError> {
        self.read(key, Some(tag)).await
    }

    async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Written, StorageError> {
        let over = match condition {
            Condition::Absent => None,
            Condition::Tag(tag) => Some(tag),
        };
        let (key, bytes) = (format!("{PREFIX}{key}"), Bytes::from(bytes));
        let stored = self.0.swap_object(self.name(), &key, MEDIA_TYPE, bytes, over.as_deref());
        Ok(stored.await.map_err(failed)?.map_or(Written::Conflict, Written::Stored))
    }

    async fn delete(&self, key: &str) -> Result<(), StorageError> {
        self.0.delete_object(self.name(), &format!("{PREFIX}{key}")).await.map_err(failed)
    }

    async fn list(&self) -> Result<Vec<String>, StorageError> {
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let (page, next) =
                self.0.list_objects(self.name(), PREFIX, after).await.map_err(failed)?;
            keys.extend(
                page.into_iter()
                    .filter_map(|object| object.key.strip_prefix(PREFIX).map(str::to_owned)),
            );
            after = next;
            if after.is_none() {
                return Ok(keys);
            }
        }
    }
}

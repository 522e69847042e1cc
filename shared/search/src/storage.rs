//! Where the objects of an index are kept, and where the users are read from: two small traits that
//! the caller implements.

mod memory;

use std::future::Future;

use provost_domain::UserId;

use crate::UserRecord;
pub use memory::MemoryStore;

/// A bucket, or a prefix of one, that holds the objects of one index and nothing else.
///
/// Reads after a write see it, and conditional writes are atomic, as in Amazon S3.
pub trait ObjectStore: Sync {
    /// Reads an object; `None` if there is none.
    fn get(
        &self,
        key: &str,
    ) -> impl Future<Output = Result<Option<StoredObject>, StorageError>> + Send;

    /// Reads an object unless it still has this tag (`If-None-Match`).
    fn get_if_changed(
        &self,
        key: &str,
        tag: &str,
    ) -> impl Future<Output = Result<Fetched, StorageError>> + Send;

    /// Writes an object on a condition (`If-Match`, `If-None-Match`). An error means that it is not
    /// known whether the object was written; a later attempt of the same request may still arrive.
    fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> impl Future<Output = Result<Written, StorageError>> + Send;

    /// Removes an object, if there is one.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// The keys of all objects.
    fn list(&self) -> impl Future<Output = Result<Vec<String>, StorageError>> + Send;
}

/// Where the current state of users is read.
pub trait UserSource: Sync {
    /// Reads the current records of users with strong consistency. A user that does not exist is
    /// left out.
    fn read(
        &self,
        ids: &[UserId],
    ) -> impl Future<Output = Result<Vec<UserRecord>, StorageError>> + Send;

    /// Reads a page of all users with strong consistency, beginning after the position that the
    /// page before returned.
    fn page(
        &self,
        after: Option<String>,
    ) -> impl Future<Output = Result<UserPage, StorageError>> + Send;
}

/// A page of users.
#[derive(Debug, Clone)]
pub struct UserPage {
    /// The users.
    pub records: Vec<UserRecord>,
    /// The position of the next page, if there is one.
    pub next: Option<String>,
}

/// An object and its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// The content.
    pub bytes: Vec<u8>,
    /// Changes with the content (`ETag`).
    pub tag: String,
}

/// The answer to a read of an object that may not have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The object has another tag.
    Changed(StoredObject),
    /// The object still has the tag.
    Unchanged,
    /// There is no object.
    Missing,
}

/// The condition of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// There is no object yet.
    Absent,
    /// The object has this tag.
    Tag(String),
}

/// The outcome of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The object was written and has this tag.
    Stored(String),
    /// The condition did not hold, or another write was under way (412 and 409).
    Conflict,
}

/// A storage service failed. For a write, it is not known whether it took place.
#[derive(Debug, thiserror::Error)]
#[error("the storage failed")]
pub struct StorageError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl StorageError {
    /// An error with a text.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }
}

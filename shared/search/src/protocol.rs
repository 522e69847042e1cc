//! How the objects of an index are written and read, so that nobody ever sees a wrong state.
//!
//! An index is a base of all users, a list of deltas of changed users, and a manifest that names
//! them. Objects never change; only the manifest is replaced, on the condition of its tag. A writer
//! follows one rule:
//!
//! **Read the manifest first, then the users, and replace the manifest on the condition of the tag
//! that was read. If it has changed, start over with the manifest.**
//!
//! To add the same delta to the newer manifest would be wrong: its users were read before changes
//! that the newer manifest may contain. If one of them was erased since, and a compaction has
//! dropped the tombstone, the delta would bring the user back.

mod compact;
mod erase;
mod manifest;
mod read;
mod rebuild;
mod write;

use ulid::Ulid;

use crate::{
    DecodeError,
    object::checksum,
    storage::{Condition, ObjectStore, StorageError, Written},
};
pub use compact::{Compacted, Compaction, clean, compact};
pub use erase::{ErasureReport, check_erasure};
pub use manifest::{Generation, MANIFEST, Manifest, ObjectRef};
pub use read::{IndexReader, Refreshed};
pub use rebuild::{Rebuilt, rebuild};
pub use write::{Committed, commit, put_delta, read_changes};

/// How long an object that is no longer needed is kept for readers that are loading it, in
/// milliseconds. A write that takes longer than this does not count on its objects.
pub const GRACE: i64 = provost_domain::time::HOUR;

/// How often a step starts over when the manifest has changed.
pub const MAX_ATTEMPTS: usize = 20;

/// Why an index could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// The storage failed; for a write, it is not known whether it took place. Try again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There is no index yet. Rebuild it.
    #[error("the user index does not exist")]
    Missing,
    /// The manifest cannot be read by this release. Rebuild the index.
    #[error("the manifest of the user index cannot be read")]
    Manifest,
    /// The index was written by a release with other rules for texts. Rebuild it.
    #[error("the user index has the text rules of another release")]
    Outdated,
    /// An object is missing, or differs from what the manifest says. Rebuild the index.
    #[error("the object {key} of the user index is damaged or missing")]
    Damaged {
        /// The key of the object.
        key: String,
    },
    /// An object cannot be read by this release, or needs more memory than allowed.
    #[error("an object of the user index cannot be read: {0}")]
    Decode(#[from] DecodeError),
    /// Others changed the manifest each time. Try again later.
    #[error("the manifest of the user index changed too often")]
    Contention,
}

impl ProtocolError {
    /// Whether the stored index is of no use to this release, so that it must be rebuilt.
    pub const fn needs_rebuild(&self) -> bool {
        matches!(
            self,
            Self::Missing
                | Self::Manifest
                | Self::Outdated
                | Self::Damaged { .. }
                | Self::Decode(_)
        )
    }

    /// Whether this release has no index yet: none was made, or only one of another release.
    pub const fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Missing
                | Self::Manifest
                | Self::Outdated
                | Self::Decode(DecodeError::UnknownFormat(_))
        )
    }
}

/// Writes an object under a new name.
pub(crate) async fn put_object(
    store: &impl ObjectStore,
    folder: &str,
    id: Ulid,
    bytes: Vec<u8>,
    rows: usize,
) -> Result<ObjectRef, ProtocolError> {
    let key = format!("{folder}/{id}");
    let object = ObjectRef {
        key: key.clone(),
        length: bytes.len() as u64,
        sha256: checksum(&bytes),
        rows: rows as u64,
    };
    match store.put(&key, bytes, Condition::Absent).await? {
        Written::Stored(_) => Ok(object),
        // The name is new, so an earlier attempt of this very request wrote it.
        Written::Conflict => Ok(object),
    }
}

/// Reads an object and compares it with what the manifest says; once more if it differs.
pub(crate) async fn get_object(
    store: &impl ObjectStore,
    object: &ObjectRef,
) -> Result<Vec<u8>, ProtocolError> {
    for _ in 0..2 {
        if let Some(stored) = store.get(&object.key).await?
            && stored.bytes.len() as u64 == object.length
            && checksum(&stored.bytes) == object.sha256
        {
            return Ok(stored.bytes);
        }
    }
    Err(ProtocolError::Damaged { key: object.key.clone() })
}

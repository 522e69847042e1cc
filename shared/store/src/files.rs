//! Files: the registry entry of each upload, in its owner's partition; the bytes are in the bucket,
//! under the owner's prefix.

use provost_domain::{FileId, UserId, file::File};

use crate::{
    Conflict, StoreError, Transaction,
    item::{Key, encode},
    principals::partition,
    transaction::Condition,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "FILE#";

/// The key of a file's entry.
pub fn key(user: UserId, id: FileId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

impl Transaction {
    /// Registers a file. The caller updates the owner's `storageUsed` and `totalFiles` in the same
    /// transaction.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_file(&mut self, user: UserId, file: &File) -> Result<(), StoreError> {
        let (item, table) =
            (encode("a file", &key(user, file.id), file)?, self.store().names().accounts.clone());
        self.put(Conflict::File, &table, item, Condition::absent())
    }
}

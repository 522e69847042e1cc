//! Files of before the registry of content: an entry in the owner's partition, with the bytes under
//! the owner's prefix. Exports and erasures read them; new files are [`contents`](crate::contents).

use provost_domain::{FileId, UserId, file::File};

use crate::{
    Conflict, StoreError, Transaction,
    item::{Key, encode},
    records::partition,
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

//! The time until which data may still arrive below a user's prefix without another check of the
//! account: through a presigned URL, or from a caller that is uploading. The transaction that opens
//! such a window also requires that the account is not being erased, so an erasure past the point
//! of no return knows how long to wait before its last check.

use provost_domain::{Timestamp, UserId, time::MINUTE};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    records::partition,
    transaction::Condition,
};

/// How long a window is open: a presigned URL is valid for a minute, and an upload that was begun
/// within it may take some time.
pub const WINDOW: i64 = 5 * MINUTE;

/// The key of a user's window.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "UPLOADS")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Window {
    until: Timestamp,
}

impl Transaction {
    /// Records that data may arrive for a while. The transaction must also require that the user is
    /// not being erased.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn open_upload_window(&mut self, user: UserId, now: Timestamp) -> Result<(), StoreError> {
        let until = now.plus(WINDOW);
        let mut item = encode("an upload window", &key(user), &Window { until })?;
        item.insert("ttl".to_owned(), n(until.seconds() + 1));
        let table = self.store().names().accounts.clone();
        self.put(Conflict::UploadWindow, &table, item, Condition::none())
    }
}

impl Store {
    /// Until when data may arrive, given the windows opened so far (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn uploads_until(&self, user: UserId) -> Result<Option<Timestamp>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user), "reading an upload window").await?;
        Ok(match found {
            Some(item) => Some(decode::<Window>("an upload window", item)?.until),
            None => None,
        })
    }
}

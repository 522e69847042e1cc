//! Until when something may still arrive below a person's prefix without asking the account again:
//! by an address that was given out, or from somebody who is putting it there. Whoever opens such a
//! window notes it in the transaction that demands that the person stays, so an erasure past its
//! fence knows how long it must wait for its last look.

use provost_domain::{Timestamp, UserId, time::MINUTE};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Transaction,
    item::{Key, decode, encode, n},
    principals::partition,
    transaction::Condition,
};

/// How long a window is open: an address lives a minute, and what was begun within it may take its
/// time to arrive.
pub const WINDOW: i64 = 5 * MINUTE;

/// Where a person's window stands.
pub fn key(user: UserId) -> Key {
    Key::new(partition(user), "UPLOADS")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Window {
    until: Timestamp,
}

impl Transaction {
    /// Notes that something may arrive for a while. The transaction must demand as well that the
    /// person is not being erased.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn open_upload_window(&mut self, user: UserId, now: Timestamp) -> Result<(), StoreError> {
        let until = now.plus(WINDOW);
        let mut item = encode("an upload window", &key(user), &Window { until })?;
        item.insert("ttl".to_owned(), n(until.seconds() + 1));
        let table = self.store().names().accounts.clone();
        self.put("upload window", &table, item, Condition::none())
    }
}

impl Store {
    /// Until when something may arrive, as far as windows were opened so far; strongly consistent.
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

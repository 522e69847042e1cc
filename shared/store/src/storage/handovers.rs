//! The handover of a bucket's credentials: one item in the partition of the user, so that a later
//! handover replaces an earlier one.

use provost_domain::{Timestamp, UserId, storage::Handover, time::DAY};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, n, s},
    records::partition,
    transaction::Condition,
};

/// The sort key.
pub const SORT: &str = "HANDOVER";
/// How long a handover is kept after its link has expired, in milliseconds: a late visitor learns
/// whether it was used.
const KEPT: i64 = 90 * DAY;

fn key(user: UserId) -> Key {
    Key::new(partition(user), SORT)
}

impl Transaction {
    /// Offers credentials to a user; an earlier offer ends.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn offer_credentials(
        &mut self,
        user: UserId,
        handover: &Handover,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let mut item = encode("a handover", &key(user), handover)?;
        item.insert("ttl".to_owned(), n(handover.expires_at.plus(KEPT).seconds()));
        self.put(Conflict::Handover, &table, item, Condition::none())
    }

    /// Records that the credentials are shown, on condition that they were not before.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn use_handover(
        &mut self,
        user: UserId,
        handover: &Handover,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let unused = Condition::expression("#id = :id AND attribute_not_exists(usedAt)")
            .name("#id", "id")
            .value(":id", s(handover.id.to_string()))
            .value(":now", s(now.to_string()));
        self.update(Conflict::Handover, &table, &key(user), "SET usedAt = :now", unused)
    }
}

impl Store {
    /// The latest handover to a user (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn handover(&self, user: UserId) -> Result<Option<Handover>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user), "reading a handover").await?;
        found.map(|item| decode("a handover", item)).transpose()
    }
}

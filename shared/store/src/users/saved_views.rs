//! Saved views of the list of users: in the partition of their owner.

use provost_domain::{SavedViewId, UserId, saved_view::SavedView};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "VIEW#";

/// The primary key of a view.
pub fn key(user: UserId, id: SavedViewId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

impl Store {
    /// The views of a member of staff, oldest first; there are at most fifty.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn saved_views(&self, user: UserId) -> Result<Vec<SavedView>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(user)).beginning("sk", PREFIX);
        let (mut views, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                views.push(decode("a saved view", item)?);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(views),
            }
        }
    }
}

impl Transaction {
    /// Adds a view. The account's revision, written in the same transaction, guards the maximum
    /// number and the uniqueness of names.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_saved_view(&mut self, user: UserId, view: &SavedView) -> Result<(), StoreError> {
        let (item, table) = (
            encode("a saved view", &key(user, view.id), view)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::SavedView, &table, item, Condition::absent())
    }

    /// Removes an existing view.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_saved_view(&mut self, user: UserId, id: SavedViewId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(Conflict::SavedView, &table, &key(user, id), Condition::present())
    }
}

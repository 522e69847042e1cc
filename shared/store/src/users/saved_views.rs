//! Saved views of the list of users: in the partition of their owner, with a copy of each shared one
//! in a partition that all staff read.

use provost_domain::{
    SavedViewId, UserId,
    saved_view::{SavedView, SharedView},
};
use serde::de::DeserializeOwned;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "VIEW#";
/// The partition of shared views.
pub const SHARED: &str = "SHAREDVIEWS";

/// The primary key of a view.
pub fn key(user: UserId, id: SavedViewId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

/// The primary key of the copy of a shared view. It begins with the owner, so that an erasure finds
/// the copies.
pub fn shared_key(owner: UserId, id: SavedViewId) -> Key {
    Key::new(SHARED, format!("{}{id}", shared_prefix(owner)))
}

fn shared_prefix(owner: UserId) -> String {
    format!("{PREFIX}{owner}#")
}

impl Store {
    /// The views of a member of staff, oldest first; there are at most fifty.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn saved_views(&self, user: UserId) -> Result<Vec<SavedView>, StoreError> {
        self.views(partition(user), PREFIX).await
    }

    /// The views that members of staff share, by owner.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn shared_views(&self) -> Result<Vec<SharedView>, StoreError> {
        self.views(SHARED.to_owned(), PREFIX).await
    }

    /// The keys of the copies of the views that a member of staff shares.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn shared_views_of(&self, owner: UserId) -> Result<Vec<Key>, StoreError> {
        let views: Vec<SharedView> = self.views(SHARED.to_owned(), &shared_prefix(owner)).await?;
        Ok(views.into_iter().map(|shared| shared_key(owner, shared.view.id)).collect())
    }

    async fn views<T: DeserializeOwned>(
        &self,
        partition: String,
        prefix: &str,
    ) -> Result<Vec<T>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition).beginning("sk", prefix);
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
        self.put_view(user, view, Condition::absent())?;
        self.share(user, None, Some(view))
    }

    /// Replaces a view by one with other values.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn replace_saved_view(
        &mut self,
        user: UserId,
        before: &SavedView,
        after: &SavedView,
    ) -> Result<(), StoreError> {
        self.put_view(user, after, Condition::present())?;
        self.share(user, Some(before), Some(after))
    }

    /// Removes an existing view.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_saved_view(&mut self, user: UserId, view: &SavedView) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(Conflict::SavedView, &table, &key(user, view.id), Condition::present())?;
        self.share(user, Some(view), None)
    }

    fn put_view(
        &mut self,
        user: UserId,
        view: &SavedView,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let item = encode("a saved view", &key(user, view.id), view)?;
        let table = self.store().names().accounts.clone();
        self.put(Conflict::SavedView, &table, item, condition)
    }

    /// Writes or removes the copy of a view that is shared.
    fn share(
        &mut self,
        owner: UserId,
        before: Option<&SavedView>,
        after: Option<&SavedView>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        match (before.filter(|view| view.shared), after.filter(|view| view.shared)) {
            (_, Some(view)) => {
                let shared = SharedView { owner_id: owner, view: view.clone() };
                let item = encode("a saved view", &shared_key(owner, view.id), &shared)?;
                self.put(Conflict::SavedView, &table, item, Condition::none())
            }
            (Some(view), None) => {
                let key = shared_key(owner, view.id);
                self.delete(Conflict::SavedView, &table, &key, Condition::none())
            }
            (None, None) => Ok(()),
        }
    }
}

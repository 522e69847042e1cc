//! Notifications: one item each in their user's partition; TTL removes it after a year.

use provost_domain::{
    NotificationId, Timestamp, UserId,
    notification::{KEPT, Notification, oldest_kept},
    page::{Page, PageRequest},
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, s},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key; the ids sort by time.
pub const PREFIX: &str = "NOTIFICATION#";

/// The key of a notification.
pub fn key(user: UserId, id: NotificationId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

#[derive(Serialize)]
struct Stored<'a> {
    #[serde(flatten)]
    notification: &'a Notification,
    ttl: i64,
}

impl Transaction {
    /// Adds a notification for a user. Write or check the account in the same transaction, so that
    /// nothing is added for a user who is being erased.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn notify(&mut self, user: UserId, notification: &Notification) -> Result<(), StoreError> {
        let stored = Stored { notification, ttl: notification.created_at.plus(KEPT).seconds() };
        let (item, table) = (
            encode("a notification", &key(user, notification.id), &stored)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::Notification, &table, item, Condition::absent())
    }

    /// Writes a dummy notification, of the same size and at the same cost as a real one, so that a
    /// request costs the same whether or not it reaches a user. It expires by TTL at once.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn notify_nobody(
        &mut self,
        nobody: UserId,
        notification: &Notification,
    ) -> Result<(), StoreError> {
        let stored = Stored { notification, ttl: notification.created_at.seconds() };
        let (item, table) = (
            encode("a notification", &key(nobody, notification.id), &stored)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::Notification, &table, item, Condition::absent())?;
        self.check(
            Conflict::Notification,
            &table,
            &crate::records::key(nobody),
            Condition::absent(),
        )
    }

    /// Marks an existing notification as read.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn mark_read(
        &mut self,
        user: UserId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.update(
            Conflict::Notification,
            &table,
            &key(user, id),
            "SET readAt = if_not_exists(readAt, :now)",
            Condition::present().value(":now", s(now.to_string())),
        )
    }

    /// Marks an existing notification as unread.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn mark_unread(&mut self, user: UserId, id: NotificationId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.update(
            Conflict::Notification,
            &table,
            &key(user, id),
            "REMOVE readAt",
            Condition::present(),
        )
    }
}

impl Store {
    /// A user's notifications, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn notifications(
        &self,
        user: UserId,
        request: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Notification>, StoreError> {
        // TTL removes items late; the range leaves out expired ones.
        let walk = Walk::of_table(&self.names.accounts, partition(user))
            .between("sk", format!("{PREFIX}{}", oldest_kept(now)), format!("{PREFIX}~"))
            .backward();
        let page = self.page(&walk, request, None).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("a notification", item))
            .collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// One notification.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn notification(
        &self,
        user: UserId,
        id: NotificationId,
    ) -> Result<Option<Notification>, StoreError> {
        let found =
            self.get(&self.names.accounts, &key(user, id), "reading a notification").await?;
        found.map(|item| decode("a notification", item)).transpose()
    }
}

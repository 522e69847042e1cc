//! Notices: one item each in their reader's partition; TTL removes it after a year.

use provost_domain::{
    NotificationId, Timestamp, UserId,
    notification::{KEPT, Notification, oldest_kept},
    page::{Page, PageRequest},
};
use serde::Serialize;

use crate::{
    Store, StoreError, Transaction,
    item::{Key, decode, encode, s},
    principals::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key; the ids sort by time.
pub const PREFIX: &str = "NOTIFICATION#";
/// The label of a notice's condition in a transaction.
pub const LABEL: &str = "notification";

/// Where a notice stands.
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
    /// Puts a notice into a person's mailbox. Write or check their principal in the same
    /// transaction, so that nothing is added to someone who is being erased.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn notify(&mut self, user: UserId, notification: &Notification) -> Result<(), StoreError> {
        let stored = Stored { notification, ttl: notification.created_at.plus(KEPT).seconds() };
        let (item, table) = (
            encode("a notification", &key(user, notification.id), &stored)?,
            self.store().names().accounts.clone(),
        );
        self.put(LABEL, &table, item, Condition::absent())
    }

    /// Writes a notice that nobody reads, of the same size and at the same cost as one that
    /// somebody does, so that a request costs the same whether or not it reaches somebody. The next
    /// sweep of expired items removes it.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
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
        self.put(LABEL, &table, item, Condition::absent())?;
        self.check(LABEL, &table, &crate::principals::key(nobody), Condition::absent())
    }

    /// Marks a notice that is there as read.
    ///
    /// # Errors
    /// `Unreadable` when the write could not be put together.
    pub fn mark_read(
        &mut self,
        user: UserId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.update(
            LABEL,
            &table,
            &key(user, id),
            "SET readAt = if_not_exists(readAt, :now)",
            Condition::present().value(":now", s(now.to_string())),
        )
    }

    /// Marks a notice that is there as not read.
    ///
    /// # Errors
    /// `Unreadable` when the write could not be put together.
    pub fn mark_unread(&mut self, user: UserId, id: NotificationId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.update(LABEL, &table, &key(user, id), "REMOVE readAt", Condition::present())
    }
}

impl Store {
    /// A person's notices, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn notifications(
        &self,
        user: UserId,
        request: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Notification>, StoreError> {
        // TTL removes lazily; the range leaves out what should be gone.
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

    /// One notice.
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

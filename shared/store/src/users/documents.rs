//! Documents about a user that staff keep: the entries in the user's partition, the objects below
//! the user's prefix in the bucket.

use provost_domain::{
    DocumentId, UserId,
    page::{Page, PageRequest},
    staff_record::Document,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "DOCUMENT#";

/// The key of a document's entry.
pub fn key(user: UserId, id: DocumentId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

/// Reads a document from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Document, StoreError> {
    decode("a document", item)
}

impl Transaction {
    /// Adds a document about a user.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_document(&mut self, user: UserId, document: &Document) -> Result<(), StoreError> {
        let (item, table) = (
            encode("a document", &key(user, document.id), document)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::Document, &table, item, Condition::absent())
    }
}

impl Store {
    /// Reads one document about a user (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn document(
        &self,
        user: UserId,
        id: DocumentId,
    ) -> Result<Option<Document>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user, id), "reading a document").await?;
        found.map(read).transpose()
    }

    /// A page of the documents about a user, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn documents(
        &self,
        user: UserId,
        request: &PageRequest,
    ) -> Result<Page<Document>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(user))
            .beginning("sk", PREFIX)
            .backward();
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

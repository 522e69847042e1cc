//! Notes that staff keep about a user: in the user's partition, each text sealed under the user's
//! key, so that a backup contains nothing readable after an erasure.

use provost_domain::{
    NoteId, Pseudonym, Timestamp, User, UserId,
    page::{Page, PageRequest},
    staff_record::Note,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode},
    records::partition,
    seal,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "NOTE#";

/// The key of a note.
pub fn key(user: UserId, id: NoteId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

/// The text of a note; `None` when it was sealed under another key.
pub fn text(about: &User, note: &Note) -> Option<String> {
    seal::open(&about.subject_key, about.pseudonym, &note.sealed)
}

/// Reads a note from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Note, StoreError> {
    decode("a note", item)
}

impl Transaction {
    /// Adds a note about a user.
    ///
    /// # Errors
    /// `Unreadable` when it could not be sealed.
    pub fn add_note(
        &mut self,
        about: &User,
        id: NoteId,
        author: Pseudonym,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sealed = seal::seal(&about.subject_key, about.pseudonym, text)
            .ok_or_else(|| StoreError::unreadable("a note", "the key does not seal"))?;
        let note = Note { id, author, created_at: now, sealed };
        let (item, table) = (
            encode("a note", &key(about.user_id, id), &note)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::Note, &table, item, Condition::absent())
    }
}

impl Store {
    /// A page of the notes about a user, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn notes(
        &self,
        user: UserId,
        request: &PageRequest,
    ) -> Result<Page<Note>, StoreError> {
        let walk = Walk::of_table(&self.names.accounts, partition(user))
            .beginning("sk", PREFIX)
            .backward();
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

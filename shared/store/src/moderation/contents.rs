//! The registry of content: one item each in the table `operations`. The index `by-subject` finds a
//! user's content, and the index `due` finds uploads to confirm and objects to delete.

use provost_domain::{
    Timestamp, UserId,
    content::{Content, ContentId, ContentStatus},
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n},
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the partitions of content and its flags.
pub const PREFIX: &str = "CONTENT#";
/// The sort key of content.
pub const SORT: &str = "CONTENT";
/// The kind of content in the index `due` whose upload is to be confirmed or dropped.
pub const UPLOAD: &str = "content-upload";
/// The kind of removed content in the index `due` whose objects are to be deleted.
pub const REMOVAL: &str = "content-removal";

/// The key of content.
pub fn key(id: ContentId) -> Key {
    Key::new(format!("{PREFIX}{id}"), SORT)
}

/// Content with the attributes that only the indexes need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    content: &'a Content,
    subject_id: UserId,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
}

fn item(content: &Content, due_at: Option<Timestamp>) -> Result<Item, StoreError> {
    let due = match content.status {
        ContentStatus::Pending => Some((UPLOAD, content.uploads_until())),
        ContentStatus::Removing => due_at.map(|at| (REMOVAL, at)),
        _ => None,
    };
    let stored = Stored {
        content,
        subject_id: content.owner_id,
        state: content.status.as_str(),
        due_kind: due.map(|(kind, _)| kind),
        due_at: due.map(|(_, at)| at),
    };
    encode("content", &key(content.id), &stored)
}

/// Reads content from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Content, StoreError> {
    decode("content", item)
}

/// The changed content is unchanged since it was read.
fn as_read(changed: &Content) -> Condition {
    Condition::expression("#version = :read")
        .name("#version", "version")
        .value(":read", n(changed.version - 1))
}

impl Transaction {
    /// Registers content; fails with [`Conflict::Content`] when the id is taken. The caller saves or
    /// checks the owner in the same transaction.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn register_content(&mut self, content: &Content) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(Conflict::Content, &table, item(content, None)?, Condition::absent())
    }

    /// Writes changed content; fails with [`Conflict::Content`] when it was changed in the meantime.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_content(&mut self, content: &Content) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(Conflict::Content, &table, item(content, None)?, as_read(content))
    }

    /// Writes content whose objects are to be deleted from a time on; fails like
    /// [`Self::save_content`].
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn remove_content(&mut self, content: &Content, due: Timestamp) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(Conflict::Content, &table, item(content, Some(due))?, as_read(content))
    }

    /// Drops content that was never uploaded; fails with [`Conflict::Content`] when it was changed
    /// since it was read.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn drop_content(&mut self, content: &Content) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let unchanged = Condition::expression("#version = :read")
            .name("#version", "version")
            .value(":read", n(content.version));
        self.delete(Conflict::Content, &table, &key(content.id), unchanged)
    }
}

impl Store {
    /// Reads content (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn content(&self, id: ContentId) -> Result<Option<Content>, StoreError> {
        let found = self.get(&self.names.operations, &key(id), "reading content").await?;
        found.map(read).transpose()
    }

    /// The content behind a key from the index `due`, if it is still due: the index may lag behind,
    /// so the table itself decides.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn due_content(
        &self,
        due: &Key,
        now: Timestamp,
    ) -> Result<Option<Content>, StoreError> {
        let found = self.get(&self.names.operations, due, "reading content").await?;
        let Some(item) = found else { return Ok(None) };
        let planned = item
            .get("dueAt")
            .and_then(|at| at.as_s().ok())
            .and_then(|at| at.parse::<Timestamp>().ok());
        if planned.is_none_or(|at| at > now) {
            return Ok(None);
        }
        read(item).map(Some)
    }

    /// A user's content, a page at a time, and where to continue.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn contents_of(
        &self,
        owner: UserId,
        after: Option<Item>,
    ) -> Result<(Vec<Content>, Option<Item>), StoreError> {
        let table = &self.names.operations;
        let walk = Walk::of_index(table, "by-subject", "subjectId", owner.to_string(), "sk")
            .beginning("sk", SORT);
        let (items, next) = self.next_items(&walk, after).await?;
        let ids = items
            .iter()
            .filter_map(|item| item.get("pk")?.as_s().ok()?.strip_prefix(PREFIX)?.parse().ok());
        let keys = ids.map(key).collect();
        let found = self.batch_get(table, keys, true).await?;
        let mut contents = found.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        contents.sort_by_key(|content| content.id);
        Ok((contents, next))
    }
}

//! The registry of content: one item each in the table `operations`. The index `by-subject` finds a
//! user's content, and the index `due` finds uploads to confirm and objects to delete.

use provost_domain::{
    Timestamp, User, UserId,
    content::{Content, ContentId, ContentKind, ContentStatus},
    page::{Page, PageRequest},
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
        let (ids, next) = self.content_ids_of(owner, after).await?;
        let keys = ids.into_iter().map(key).collect();
        let found = self.batch_get(&self.names.operations, keys, true).await?;
        let mut contents = found.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        contents.sort_by_key(|content| content.id);
        Ok((contents, next))
    }

    /// The files of a user that are not removed, newest first. The index has no order, so the ids of
    /// all files are read first, and then the files of one page.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn files_of(
        &self,
        owner: &User,
        request: &PageRequest,
    ) -> Result<Page<Content>, StoreError> {
        let table = &self.names.operations;
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let (found, next) = self.content_ids_of(owner.user_id, after.take()).await?;
            ids.extend(found.into_iter().filter(|id| id.kind() == ContentKind::File));
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        ids.sort_unstable_by(|one, other| other.cmp(one));
        if let Some(position) = request.after() {
            let last: ContentId = position
                .parse()
                .map_err(|_| StoreError::unreadable("a position", "it is none of this list's"))?;
            ids.retain(|id| *id < last);
        }
        let limit = request.limit as usize;
        let (mut skip, mut rows) = (request.skip(), Vec::new());
        // One more than the page shows whether there is another.
        for chunk in ids.chunks(limit.saturating_add(1)) {
            let keys = chunk.iter().copied().map(key).collect();
            let found = self.batch_get(table, keys, true).await?;
            let mut contents = found.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
            contents.sort_unstable_by_key(|content| std::cmp::Reverse(content.id));
            for file in contents.into_iter().filter(|file| !file.is_removed()) {
                match skip {
                    0 => rows.push(file),
                    _ => skip -= 1,
                }
            }
            if rows.len() > limit {
                break;
            }
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|file| file.id.to_string());
        Ok(Page { rows, total: owner.total_files, next })
    }

    async fn content_ids_of(
        &self,
        owner: UserId,
        after: Option<Item>,
    ) -> Result<(Vec<ContentId>, Option<Item>), StoreError> {
        let table = &self.names.operations;
        let walk = Walk::of_index(table, "by-subject", "subjectId", owner.to_string(), "sk")
            .beginning("sk", SORT);
        let (items, next) = self.next_items(&walk, after).await?;
        let id = |item: &Item| item.get("pk")?.as_s().ok()?.strip_prefix(PREFIX)?.parse().ok();
        Ok((items.iter().filter_map(id).collect(), next))
    }
}

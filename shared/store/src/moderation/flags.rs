//! Flags: one item for each round, beside its content. While a flag is in force, the index `newest`
//! lists it; afterwards it stays as history.

use provost_domain::{
    FlagId, UserId,
    content::{ContentId, ContentKind, Flag},
    page::{Page, PageRequest},
};
use serde::Serialize;

use super::contents;
use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, s},
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "FLAG#";

/// The key of a flag.
pub fn key(content: ContentId, id: FlagId) -> Key {
    Key::new(format!("{}{content}", contents::PREFIX), format!("{PREFIX}{id}"))
}

/// The name of the list of flags in force in the index `newest`.
const fn list(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::File => "flagged-file",
        ContentKind::Url => "flagged-url",
        ContentKind::Unknown(_) => "flagged",
    }
}

/// A flag with the attributes that only the indexes and filters need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    flag: &'a Flag,
    subject_id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_kind: Option<&'static str>,
    state: &'static str,
    folded_reason: String,
}

fn item(flag: &Flag) -> Result<Item, StoreError> {
    let in_force = flag.end.is_none();
    let stored = Stored {
        flag,
        subject_id: flag.owner_id,
        list_kind: in_force.then(|| list(flag.kind)),
        state: if in_force { "open" } else { "closed" },
        folded_reason: flag.reason.to_lowercase(),
    };
    encode("a flag", &key(flag.content_id, flag.id), &stored)
}

/// Reads a flag from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Flag, StoreError> {
    decode("a flag", item)
}

impl Transaction {
    /// Adds a flag. The content is saved with it in the same transaction.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_flag(&mut self, flag: &Flag) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(Conflict::Flag, &table, item(flag)?, Condition::absent())
    }

    /// Writes an ended flag. The content, saved in the same transaction, is the condition.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn end_flag(&mut self, flag: &Flag) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(Conflict::Flag, &table, item(flag)?, Condition::present())
    }
}

impl Store {
    /// Reads one flag (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn flag(&self, content: ContentId, id: FlagId) -> Result<Option<Flag>, StoreError> {
        let found = self.get(&self.names.operations, &key(content, id), "reading a flag").await?;
        found.map(read).transpose()
    }

    /// The flags of content, oldest first, the ended ones too.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn flags_of(&self, content: ContentId) -> Result<Vec<Flag>, StoreError> {
        let walk = Walk::of_table(&self.names.operations, format!("{}{content}", contents::PREFIX))
            .beginning("sk", PREFIX);
        let (mut flags, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                flags.push(read(item)?);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(flags),
            }
        }
    }

    /// A page of the flags in force on content of a kind, newest first, optionally only those whose
    /// reason contains a text.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn flags(
        &self,
        kind: ContentKind,
        reason: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<Flag>, StoreError> {
        let table = &self.names.operations;
        let mut walk =
            Walk::of_index(table, "newest", "listKind", list(kind), "createdAt").backward();
        if let Some(reason) = reason {
            walk = walk.filter(
                "contains(#reason, :reason)",
                &[("#reason", "foldedReason")],
                vec![(":reason", s(reason.to_lowercase()))],
            );
        }
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

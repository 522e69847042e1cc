//! Evidence: one item each in the table `operations`. The index `due` finds what is to be deleted:
//! soon while no report refers to it, after the legal period otherwise.

use provost_domain::{
    EvidenceId, Timestamp, UserId,
    content::{Evidence, UNUSED_EVIDENCE_LIFE},
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, s},
    transaction::Condition,
};

/// The prefix of every evidence's partition.
pub const PREFIX: &str = "EVIDENCE#";
/// The kind of evidence in the index `due`.
pub const RETENTION: &str = "evidence";

/// The key of evidence.
pub fn key(id: EvidenceId) -> Key {
    Key::new(format!("{PREFIX}{id}"), "EVIDENCE")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    evidence: &'a Evidence,
    subject_id: UserId,
    state: &'static str,
    due_kind: &'static str,
    due_at: Timestamp,
}

fn item(evidence: &Evidence, state: &'static str, due_at: Timestamp) -> Result<Item, StoreError> {
    let stored =
        Stored { evidence, subject_id: evidence.owner_id, state, due_kind: RETENTION, due_at };
    encode("evidence", &key(evidence.id), &stored)
}

/// Reads evidence from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Evidence, StoreError> {
    decode("evidence", item)
}

impl Transaction {
    /// Registers evidence before its copy is made. It is deleted soon, unless
    /// [`Self::keep_evidence`] follows.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn register_evidence(&mut self, evidence: &Evidence) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let soon = evidence.created_at.plus(UNUSED_EVIDENCE_LIFE);
        self.put(Conflict::Evidence, &table, item(evidence, "unused", soon)?, Condition::absent())
    }

    /// Keeps evidence for the legal period, as part of the change that refers to it; fails with
    /// [`Conflict::Evidence`] when it has been deleted.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn keep_evidence(&mut self, evidence: &Evidence) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let kept = item(evidence, "kept", evidence.kept_until())?;
        self.put(Conflict::Evidence, &table, kept, Condition::present())
    }

    /// Removes evidence whose copy is deleted; fails with [`Conflict::Evidence`] when it is gone or
    /// not due any more.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn remove_evidence(&mut self, id: EvidenceId, now: Timestamp) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let due = Condition::expression("attribute_exists(pk) AND dueAt <= :now")
            .value(":now", s(now.to_string()));
        self.delete(Conflict::Evidence, &table, &key(id), due)
    }
}

impl Store {
    /// Reads evidence (strongly consistent); `None` once it is deleted.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn evidence(&self, id: EvidenceId) -> Result<Option<Evidence>, StoreError> {
        let found = self.get(&self.names.operations, &key(id), "reading evidence").await?;
        found.map(read).transpose()
    }

    /// The evidence behind a key from the index `due`, if it is still due.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn due_evidence(
        &self,
        due: &Key,
        now: Timestamp,
    ) -> Result<Option<Evidence>, StoreError> {
        let found = self.get(&self.names.operations, due, "reading evidence").await?;
        let Some(item) = found else { return Ok(None) };
        let at = item.get("dueAt").and_then(|at| at.as_s().ok());
        if at.is_none_or(|at| *at > now.to_string()) {
            return Ok(None);
        }
        read(item).map(Some)
    }
}

//! Impersonations: one item each in the table of operations, which TTL removes 90 days after the
//! start. An erasure of the user removes it earlier.

use provost_domain::{
    SessionId, Timestamp, User,
    impersonation::{Impersonation, KEPT},
    page::{Page, PageRequest},
};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, s},
    seal,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the partition of every impersonation.
pub const PREFIX: &str = "IMPERSONATION#";
const LIST: &str = "impersonations";

/// The key of an impersonation.
pub fn key(id: SessionId) -> Key {
    Key::new(format!("{PREFIX}{id}"), "IMPERSONATION")
}

/// Which impersonations a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpersonationFilter {
    /// Those that are neither ended nor over.
    Open,
    /// The others.
    Ended,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    impersonation: &'a Impersonation,
    list_kind: &'static str,
    ttl: i64,
}

/// Seals the reason of an impersonation under the key of the user.
///
/// # Errors
/// `Unreadable` when it cannot be sealed.
pub fn seal_reason(target: &User, reason: &str) -> Result<String, StoreError> {
    seal::seal(&target.subject_key, target.pseudonym, reason)
        .ok_or_else(|| StoreError::unreadable("an impersonation", "the key does not seal"))
}

/// The reason of an impersonation; `None` when it was sealed under another key.
pub fn reason(target: &User, impersonation: &Impersonation) -> Option<String> {
    seal::open(&target.subject_key, target.pseudonym, &impersonation.sealed_reason)
}

impl Transaction {
    /// Adds an impersonation. The account of the user is checked in the same transaction.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_impersonation(&mut self, impersonation: &Impersonation) -> Result<(), StoreError> {
        self.put_impersonation(impersonation, Condition::absent())
    }

    /// Writes an impersonation that was ended, unless it was ended before.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn end_impersonation(&mut self, impersonation: &Impersonation) -> Result<(), StoreError> {
        let open = Condition::expression("attribute_exists(pk) AND attribute_not_exists(endedAt)");
        self.put_impersonation(impersonation, open)
    }

    fn put_impersonation(
        &mut self,
        impersonation: &Impersonation,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let ttl = impersonation.started_at.plus(KEPT).seconds();
        let stored = Stored { impersonation, list_kind: LIST, ttl };
        let item = encode("an impersonation", &key(impersonation.id), &stored)?;
        let table = self.store().names().operations.clone();
        self.put(Conflict::Impersonation, &table, item, condition)
    }
}

impl Store {
    /// Reads an impersonation (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn impersonation(&self, id: SessionId) -> Result<Option<Impersonation>, StoreError> {
        let found = self.get(&self.names.operations, &key(id), "reading an impersonation").await?;
        found.map(|item| decode("an impersonation", item)).transpose()
    }

    /// The impersonations of the last 90 days, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn all_impersonations(
        &self,
        state: Option<ImpersonationFilter>,
        request: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Impersonation>, StoreError> {
        // TTL removes items late; the range leaves out expired ones.
        let mut walk =
            Walk::of_index(&self.names.operations, "newest", "listKind", LIST, "createdAt")
                .between("createdAt", now.plus(-KEPT).to_string(), "~")
                .backward();
        if let Some(state) = state {
            let expression = match state {
                ImpersonationFilter::Open => "attribute_not_exists(#ended) AND #expires > :now",
                ImpersonationFilter::Ended => "(attribute_exists(#ended) OR #expires <= :now)",
            };
            walk = walk.filter(
                expression,
                &[("#ended", "endedAt"), ("#expires", "expiresAt")],
                vec![(":now", s(now.to_string()))],
            );
        }
        let page = self.page(&walk, request, None).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("an impersonation", item))
            .collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

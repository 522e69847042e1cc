//! Objects of deleted organisations in assigned buckets, which the scheduler has to erase: an item for
//! each organisation in the table `operations`, in the index `due` until they are erased.

use std::collections::BTreeSet;

use provost_domain::{BucketId, OrganisationId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, encode, s},
    transaction::Condition,
};

/// The kind in the index `due`.
pub const DUE: &str = "organisation-objects";

/// The buckets in which objects of a deleted organisation may be left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftObjects {
    /// The deleted organisation.
    pub organisation_id: OrganisationId,
    /// The buckets.
    pub buckets: BTreeSet<BucketId>,
}

fn key(id: OrganisationId) -> Key {
    Key::new(format!("ORGOBJECTS#{id}"), "OBJECTS")
}

impl Transaction {
    /// Plans the erasure of the objects of a deleted organisation.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn leave_objects(&mut self, left: &LeftObjects, now: Timestamp) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let mut item = encode("objects of an organisation", &key(left.organisation_id), left)?;
        item.insert("dueKind".to_owned(), s(DUE));
        item.insert("dueAt".to_owned(), s(now.to_string()));
        self.put(Conflict::Gone, &table, item, Condition::none())
    }

    /// Records that they are erased; fails with [`Conflict::Gone`] when another run was faster.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn drop_left_objects(&mut self, id: OrganisationId) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.delete(Conflict::Gone, &table, &key(id), Condition::present())
    }
}

impl Store {
    /// What is left of the organisation of a key from the index `due`; `None` if it is erased already.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn left_objects(&self, due: &Key) -> Result<Option<LeftObjects>, StoreError> {
        let found = self.get(&self.names.operations, due, "reading what is left").await?;
        found.map(|item| decode("objects of an organisation", item)).transpose()
    }
}

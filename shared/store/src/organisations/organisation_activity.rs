//! The activity of an organisation: one item for each change, in the organisation's partition, in
//! order of time, and their number. The number has an item of its own, since the organisation's
//! other counters may change in the same transaction.

use provost_domain::{
    ActivityId, OrganisationId,
    organisation_activity::Activity,
    page::{Page, PageRequest},
};

use serde::Deserialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n},
    memberships::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key; the ids sort by time.
pub const PREFIX: &str = "ACTIVITY#";

/// How many entries there are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Written {
    entries: u64,
}

/// The key of the number of entries.
fn count_key(organisation: OrganisationId) -> Key {
    Key::new(partition(organisation), "ACTIVITIES")
}

/// The key of an entry.
pub fn key(organisation: OrganisationId, id: ActivityId) -> Key {
    Key::new(partition(organisation), format!("{PREFIX}{id}"))
}

impl Transaction {
    /// Writes an entry with the change that it describes, and counts it. One transaction writes at
    /// most one entry for each organisation.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_activity(&mut self, activity: &Activity) -> Result<(), StoreError> {
        let (item, table) = (
            encode("an activity", &key(activity.organisation_id, activity.id), activity)?,
            self.store().names().organisations.clone(),
        );
        self.put(Conflict::Activity, &table, item, Condition::absent())?;
        let one = Condition::none().value(":one", n(1));
        self.update(
            Conflict::Activity,
            &table,
            &count_key(activity.organisation_id),
            "ADD entries :one",
            one,
        )
    }
}

impl Store {
    /// A page of an organisation's activity, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn activity(
        &self,
        organisation: OrganisationId,
        request: &PageRequest,
    ) -> Result<Page<Activity>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(organisation))
            .beginning("sk", PREFIX)
            .backward();
        let written: Option<Item> = self
            .get(&self.names.organisations, &count_key(organisation), "counting activity")
            .await?;
        let written: Written = written
            .map(|item| decode("a number of entries", item))
            .transpose()?
            .unwrap_or_default();
        let page = self.page(&walk, request, Some(written.entries)).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("an activity", item))
            .collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

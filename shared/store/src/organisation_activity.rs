//! The activity of an organisation: one item for each change, in the organisation's partition, in order of time.

use provost_domain::{
    ActivityId, OrganisationId,
    organisation_activity::Activity,
    page::{Page, PageRequest},
};

use crate::{
    Store, StoreError, Transaction,
    item::{Key, decode, encode},
    memberships::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key; the ids sort by time.
pub const PREFIX: &str = "ACTIVITY#";

/// Where an entry stands.
pub fn key(organisation: OrganisationId, id: ActivityId) -> Key {
    Key::new(partition(organisation), format!("{PREFIX}{id}"))
}

impl Transaction {
    /// Writes an entry with the change that it tells of.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn add_activity(&mut self, activity: &Activity) -> Result<(), StoreError> {
        let (item, table) =
            (encode("an activity", &key(activity.organisation_id, activity.id), activity)?, self.store().names().organisations.clone());
        self.put("activity", &table, item, Condition::absent())
    }
}

impl Store {
    /// A page of an organisation's activity, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn activity(&self, organisation: OrganisationId, request: &PageRequest) -> Result<Page<Activity>, StoreError> {
        let walk = Walk::of_table(&self.names.organisations, partition(organisation)).beginning("sk", PREFIX).backward();
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(|item| decode("an activity", item)).collect::<Result<_, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

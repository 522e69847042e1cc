//! Grants: in the partition of the user who has them; a grant with an end has its end planned in
//! the index `due`.

use provost_domain::{
    GrantId, Timestamp, UserId,
    page::{Page, PageRequest},
    staff_record::Grant,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, s},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "AWARD#";
/// Groups the ends of grants in the index `due`.
pub const END: &str = "award";
/// The prefix of the partition of every planned end.
pub const PLANS: &str = "AWARDEND#";

/// The key of a grant.
pub fn key(user: UserId, id: GrantId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

fn end_key(id: GrantId) -> Key {
    Key::new(format!("{PLANS}{id}"), "END")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlannedEnd {
    grant_id: GrantId,
    subject_id: UserId,
    due_kind: String,
    due_at: Timestamp,
    state: String,
}

/// Reads a grant from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Grant, StoreError> {
    decode("an award", item)
}

impl Transaction {
    /// Adds a grant, and plans its end if it has one.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_grant(&mut self, user: UserId, grant: &Grant) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        self.put(
            Conflict::Grant,
            &names.accounts,
            encode("an award", &key(user, grant.id), grant)?,
            Condition::absent(),
        )?;
        let Some(due_at) = grant.expires_at else { return Ok(()) };
        let planned = PlannedEnd {
            grant_id: grant.id,
            subject_id: user,
            due_kind: END.to_owned(),
            due_at,
            state: "planned".to_owned(),
        };
        self.put(
            Conflict::PlannedEnd,
            &names.operations,
            encode("a planned end", &end_key(grant.id), &planned)?,
            Condition::absent(),
        )
    }

    /// Writes a grant that has ended, and removes its planned end; fails with [`Conflict::Grant`]
    /// when it had already ended.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn end_grant(&mut self, user: UserId, grant: &Grant) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        let live = Condition::expression("attribute_exists(pk) AND attribute_not_exists(endedAt)");
        self.put(
            Conflict::Grant,
            &names.accounts,
            encode("an award", &key(user, grant.id), grant)?,
            live,
        )?;
        if grant.expires_at.is_none() {
            return Ok(());
        }
        self.delete(Conflict::PlannedEnd, &names.operations, &end_key(grant.id), Condition::none())
    }

    /// Removes the planned end of a grant that is gone.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn drop_grant_end(&mut self, plan: &Key) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.delete(Conflict::PlannedEnd, &table, plan, Condition::none())
    }
}

impl Store {
    /// One grant of a user.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn grant(&self, user: UserId, id: GrantId) -> Result<Option<Grant>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user, id), "reading an award").await?;
        found.map(read).transpose()
    }

    /// A page of a user's grants, newest first; optionally only those that are active, or only
    /// those that have ended.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn grants(
        &self,
        user: UserId,
        live: Option<bool>,
        request: &PageRequest,
    ) -> Result<Page<Grant>, StoreError> {
        let mut walk = Walk::of_table(&self.names.accounts, partition(user))
            .beginning("sk", PREFIX)
            .backward();
        if let Some(live) = live {
            let ended =
                if live { "attribute_not_exists(#ended)" } else { "attribute_exists(#ended)" };
            walk = walk.filter(ended, &[("#ended", "endedAt")], Vec::new());
        }
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// The grant that has expired according to a key of the index `due`, with its owner; `None`
    /// when the plan is gone or was moved.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn grant_end(
        &self,
        plan: &Key,
        now: Timestamp,
    ) -> Result<Option<(UserId, GrantId)>, StoreError> {
        let call = self
            .dynamo
            .query()
            .table_name(&self.names.operations)
            .key_condition_expression("pk = :pk AND sk = :sk")
            .expression_attribute_values(":pk", s(&plan.pk))
            .expression_attribute_values(":sk", s(&plan.sk))
            .consistent_read(true);
        let found = call
            .send()
            .await
            .map_err(|cause| StoreError::unavailable("reading a planned end", cause))?;
        let Some(item) = found.items.unwrap_or_default().pop() else { return Ok(None) };
        let planned: PlannedEnd = decode("a planned end", item)?;
        Ok((planned.due_at <= now).then_some((planned.subject_id, planned.grant_id)))
    }
}

//! The store's part of scheduled work: a lease, so that two scheduler runs do not do the same work;
//! messages that were not delivered; suspensions that have expired.

use aws_sdk_dynamodb::types::ReturnValue;
use provost_domain::{Timestamp, User, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    error::is_condition,
    item::{Key, decode, encode, n, s},
    outbox::{self, Waiting},
    transaction::Condition,
};

/// Groups the ends of temporary suspensions in the index `due`.
pub const SUSPENSION: &str = "suspension";

/// The exclusive right to do one kind of work for a while.
#[derive(Debug, Clone)]
pub struct Lease {
    name: &'static str,
    /// The fencing token: a holder with a lower number no longer holds the lease.
    pub fence: u64,
}

fn lease_key(name: &str) -> Key {
    Key::new(format!("LEASE#{name}"), "HOLDER")
}

fn suspension_key(user: UserId) -> Key {
    Key::new(format!("SUSPENSION#{user}"), "END")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlannedEnd {
    subject_id: UserId,
    due_kind: String,
    due_at: Timestamp,
    state: String,
}

impl Store {
    /// Takes a lease for a while, in milliseconds; `None` when another process holds it. It can be
    /// taken again at the exact time it ends.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn take_lease(
        &self,
        name: &'static str,
        now: Timestamp,
        life: i64,
    ) -> Result<Option<Lease>, StoreError> {
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(lease_key(name).attributes()))
            .update_expression("SET heldUntil = :end ADD fence :one")
            .condition_expression("attribute_not_exists(pk) OR heldUntil <= :now")
            .expression_attribute_values(":end", s(now.plus(life).to_string()))
            .expression_attribute_values(":now", s(now.to_string()))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllNew);
        match call.send().await {
            Ok(answer) => {
                let fence =
                    answer.attributes.and_then(|item| item.get("fence")?.as_n().ok()?.parse().ok());
                Ok(Some(Lease { name, fence: fence.unwrap_or(0) }))
            }
            Err(error) if is_condition(&error) => Ok(None),
            Err(error) => Err(StoreError::unavailable("taking a lease", error)),
        }
    }

    /// Releases a lease; a lease that another process holds by now is not an error.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_lease(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(lease_key(lease.name).attributes()))
            .update_expression("SET heldUntil = :now")
            .condition_expression("fence = :fence")
            .expression_attribute_values(":now", s(now.to_string()))
            .expression_attribute_values(":fence", n(lease.fence));
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_condition(&error) => Ok(()),
            Err(error) => Err(StoreError::unavailable("giving a lease back", error)),
        }
    }

    /// Claims a message that the stream should have delivered long ago: no other run finds it
    /// overdue for a while. Returns `None` when it is gone or was already claimed.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a message of an unknown kind, which is postponed like any
    /// other.
    pub async fn claim_overdue_message(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<Waiting>, StoreError> {
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(key.attributes()))
            .update_expression("SET dueAt = :later")
            .condition_expression("attribute_exists(pk) AND dueAt <= :now")
            .expression_attribute_values(":later", s(now.plus(outbox::OVERDUE).to_string()))
            .expression_attribute_values(":now", s(now.to_string()))
            .return_values(ReturnValue::AllNew);
        match call.send().await {
            Ok(answer) => answer.attributes.map(Self::read_waiting).transpose(),
            Err(error) if is_condition(&error) => Ok(None),
            Err(error) => Err(StoreError::unavailable("claiming a message", error)),
        }
    }

    /// The user whose suspension has expired according to a key of the index `due`, with the
    /// planned time; `None` when the plan is gone or was moved.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn planned_end(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<(UserId, Timestamp)>, StoreError> {
        let found = self.get(&self.names.operations, key, "reading a planned end").await?;
        let Some(item) = found else { return Ok(None) };
        let planned: PlannedEnd = decode("a planned end", item)?;
        Ok((planned.due_at <= now).then_some((planned.subject_id, planned.due_at)))
    }
}

impl Transaction {
    /// Requires that the lease is still held by the process that took it.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_lease(&mut self, lease: &Lease) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.check(
            Conflict::Lease,
            &table,
            &lease_key(lease.name),
            Condition::expression("fence = :fence").value(":fence", n(lease.fence)),
        )
    }

    /// Plans the end of a temporary suspension; a suspension without an end needs no plan. Call
    /// this with the change that suspends.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn plan_end_of_suspension(&mut self, suspended: &User) -> Result<(), StoreError> {
        let Some(end) = suspended.suspension.as_ref().and_then(|suspension| suspension.expires_at)
        else {
            return Ok(());
        };
        let planned = PlannedEnd {
            subject_id: suspended.user_id,
            due_kind: SUSPENSION.to_owned(),
            due_at: end,
            state: "planned".to_owned(),
        };
        let (item, table) = (
            encode("a planned end", &suspension_key(suspended.user_id), &planned)?,
            self.store().names().operations.clone(),
        );
        self.put(Conflict::PlannedEnd, &table, item, Condition::none())
    }

    /// Removes a planned end, unless a later suspension has planned another one since.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn end_is_past(&mut self, user: UserId, planned: Timestamp) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.delete(
            Conflict::PlannedEnd,
            &table,
            &suspension_key(user),
            Condition::expression("dueAt = :planned").value(":planned", s(planned.to_string())),
        )
    }
}

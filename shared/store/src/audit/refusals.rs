//! Refusals of staff requests in the audit log: the first of its kind is an entry immediately;
//! those that follow within a minute are counted, and the count is the next entry.
//!
//! An entry cannot be changed, so the count is stored beside the log, in one item for each staff
//! member, route and code. The transaction that writes an entry resets it, on condition that
//! nothing was counted in the meantime: each refusal is in exactly one entry.

use provost_domain::{
    AuditId, Pseudonym, RequestId, Timestamp,
    audit::{Actor, Changes, Entry, Origin, Resource, Subject},
    time::{DAY, MINUTE},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError,
    error::is_condition,
    item::{Key, decode, encode, n, s},
    transaction::Condition,
};

/// Groups counts that wait to be written in the index `due`.
pub const DUE: &str = "refusals";
/// The action of an entry about refusals.
pub const ACTION: &str = "access.refused";
/// The shortest time between two entries of a kind, in milliseconds.
const WINDOW: i64 = MINUTE;
/// How long an unchanged count is kept, in milliseconds.
const KEPT: i64 = 7 * DAY;
/// How often the counting of one refusal is retried while others are counted.
const ATTEMPTS: u32 = 100;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    actor: Pseudonym,
    route: String,
    code: String,
    /// Until when refusals are only counted.
    due_at: Timestamp,
    /// The number of refusals since the last entry.
    further: u64,
    ttl: i64,
}

impl Count {
    fn key(&self) -> Key {
        key(self.actor, &self.route, &self.code)
    }

    /// The count is unchanged since it was read.
    fn as_read(&self) -> Condition {
        Condition::expression("dueAt = :due AND further = :further")
            .value(":due", s(self.due_at.to_string()))
            .value(":further", n(self.further))
    }

    /// A count that starts with an entry. Without the attribute `dueKind` it is not due.
    fn from_now(actor: Pseudonym, route: &str, code: &str, now: Timestamp) -> Self {
        let due_at = now.plus(WINDOW);
        Self {
            actor,
            route: route.to_owned(),
            code: code.to_owned(),
            due_at,
            further: 0,
            ttl: due_at.plus(KEPT).seconds(),
        }
    }
}

fn key(actor: Pseudonym, route: &str, code: &str) -> Key {
    Key::new(format!("REFUSAL#{actor}"), format!("{code}#{route}"))
}

impl Store {
    /// Records that a staff member's request was refused: as an entry, or as one more in the count
    /// that becomes the next entry.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn audit_refusal(&self, entry: Entry, code: &str) -> Result<(), StoreError> {
        let (Actor::User(subject) | Actor::Impersonator { staff: subject, .. }) = &entry.actor
        else {
            return self.audit(entry).await;
        };
        let now = entry.at;
        let (actor, route) = (subject.pseudonym, entry.origin.route.clone());
        let key = key(actor, &route, code);
        for _ in 0..ATTEMPTS {
            if self.count_refusal(&key, now).await? {
                return Ok(());
            }
            let found = self.get(&self.names.operations, &key, "reading counted refusals").await?;
            let before: Option<Count> =
                found.map(|item| decode("counted refusals", item)).transpose()?;
            // Another request has written the entry in the meantime.
            if before.as_ref().is_some_and(|before| now < before.due_at) {
                continue;
            }
            let condition = before.as_ref().map_or_else(Condition::absent, Count::as_read);
            let count = 1 + before.map_or(0, |before| before.further);
            if self
                .write_refusals(
                    Count::from_now(actor, &route, code, now),
                    condition,
                    entry.clone(),
                    count,
                    None,
                )
                .await?
            {
                return Ok(());
            }
        }
        Err(StoreError::Conflict(Conflict::RefusalCount))
    }

    /// Adds one to the count, if it is not yet time for the next entry.
    async fn count_refusal(&self, key: &Key, now: Timestamp) -> Result<bool, StoreError> {
        let call = self
            .dynamo
            .update_item()
            .table_name(&self.names.operations)
            .set_key(Some(key.attributes()))
            .update_expression("ADD further :one SET dueKind = :kind")
            .condition_expression("dueAt > :now")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":kind", s(DUE))
            .expression_attribute_values(":now", s(now.to_string()));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) if is_condition(&error) || is_collision(&error) => Ok(false),
            Err(error) => Err(StoreError::unavailable("counting a refusal", error)),
        }
    }

    /// Writes the count as an entry, and restarts it; false when another request has done so, or it
    /// is not yet time.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn write_counted_refusals(
        &self,
        key: &Key,
        id: AuditId,
        run: RequestId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(item) = self.get(&self.names.operations, key, "reading counted refusals").await?
        else {
            return Ok(false);
        };
        let counted: Count = decode("counted refusals", item)?;
        if now < counted.due_at || counted.further == 0 {
            return Ok(false);
        }
        let subject = self.subjects([counted.actor]).await?.remove(&counted.actor);
        let erased = subject.is_none().then_some(counted.actor);
        let subject = subject.map(|found| Subject {
            user: found.user_id,
            pseudonym: counted.actor,
            key: found.subject_key,
        });
        let entry = Entry {
            id,
            at: now,
            actor: subject.map_or(Actor::Anonymous, Actor::User),
            action: ACTION,
            resource: Resource::Other { kind: "route", id: counted.route.clone() },
            success: false,
            reason: Some(counted.code.clone()),
            changes: Changes::new(),
            origin: Origin {
                ip: None,
                user_agent: None,
                request_id: run,
                route: counted.route.clone(),
                api_key: false,
            },
        };
        let next = Count::from_now(counted.actor, &counted.route, &counted.code, now);
        self.write_refusals(next, counted.as_read(), entry, counted.further, erased).await
    }

    async fn write_refusals(
        &self,
        next: Count,
        condition: Condition,
        entry: Entry,
        count: u64,
        erased: Option<Pseudonym>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.transaction();
        tx.put(
            Conflict::RefusalCount,
            &self.names.operations,
            encode("counted refusals", &next.key(), &next)?,
            condition,
        )?;
        tx.audit_counted(entry, count, erased)?;
        match tx.commit().await {
            Ok(()) => Ok(true),
            Err(error) if error.conflict() == Some(Conflict::RefusalCount) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether a call failed because a transaction was writing the same item.
fn is_collision<E: aws_sdk_dynamodb::error::ProvideErrorMetadata, R>(
    error: &aws_sdk_dynamodb::error::SdkError<E, R>,
) -> bool {
    error.as_service_error().and_then(aws_sdk_dynamodb::error::ProvideErrorMetadata::code)
        == Some("TransactionConflictException")
}

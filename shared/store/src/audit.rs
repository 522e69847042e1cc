//! The audit table: append-only entries, each with two sealed parts, one under the key of the actor
//! and one under the key of the affected user.

pub mod audit_log;
pub(crate) mod audit_partitions;
pub mod audit_tree;
pub mod refusals;
pub mod seal;

use provost_domain::{
    Pseudonym, Timestamp,
    audit::{Actor, Changes, Entry, REPORT_FILED, Resource, Subject},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, encode},
    transaction::Condition,
};

/// A stored entry: nothing in plain text names or describes a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredEntry {
    /// The entry's id.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// What was done.
    pub action: String,
    /// `user`, `service`, `system`, `cli`, `anonymous`.
    pub actor_type: String,
    /// The pseudonym, or the name of a service or job; the hash key of the index `by-actor`. For an
    /// actor who is not a user, it ends with the partition number when the month has further
    /// partitions: `anonymous#3`.
    pub actor_key: String,
    /// The pseudonym of the user that the actor acted as.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub impersonating: Option<String>,
    /// The kind of resource.
    pub resource_type: String,
    /// The resource's id, a pseudonym for a user.
    pub resource_id: String,
    /// The pseudonym of the affected user; the hash key of the index `by-target`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_key: Option<String>,
    /// Whether the action succeeded.
    pub success: bool,
    /// The request.
    pub request_id: String,
    /// The route's template.
    pub route: String,
    /// [`ActorPart`] under the actor's key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actor_sealed: Option<String>,
    /// [`TargetPart`] under the key of the affected user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_sealed: Option<String>,
    /// The reason, when no user is affected.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The changes, when no user is affected.
    #[serde(skip_serializing_if = "Changes::is_empty", default)]
    pub changes: Changes,
    /// How many refusals the entry counts; absent on every other entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
    /// Whether the request came with an API key of the actor; absent when it did not.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub api_key: bool,
    /// The IP address of an actor who is not a user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ip: Option<String>,
    /// The user agent of an actor who is not a user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_agent: Option<String>,
}

impl StoredEntry {
    /// Whether the entry tells a reader who reported them.
    pub fn names_reporter_of(&self, reader: Pseudonym) -> bool {
        self.action == REPORT_FILED && self.target_key.as_deref() == Some(&reader.to_string())
    }
}

/// Data that identifies the actor.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct ActorPart {
    /// The user id.
    pub user: String,
    /// The IP address.
    pub ip: Option<String>,
    /// The user agent.
    pub agent: Option<String>,
}

/// Data that identifies or describes the affected user.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct TargetPart {
    /// The user id.
    pub user: String,
    /// The reason given: staff write names into reasons.
    pub reason: Option<String>,
    /// The changed values.
    pub changes: Changes,
}

/// The key of an entry: in its month, in order of time.
pub fn key(at: Timestamp, id: &str) -> Key {
    Key::new(partition(&at.month()), format!("{at}#{id}"))
}

/// The partition of a month, `2026-11`, or a further one of it, `2026-11#3`.
pub fn partition(month: &str) -> String {
    format!("MONTH#{month}")
}

impl Transaction {
    /// Writes an audit entry with the change.
    ///
    /// # Errors
    /// `Unreadable` when the entry could not be sealed.
    pub fn audit(&mut self, entry: Entry) -> Result<(), StoreError> {
        self.put_entry(&stored(entry)?)
    }

    /// Writes an audit entry that counts a number of refusals. For a user who has been erased
    /// since, the entry contains only the pseudonym.
    ///
    /// # Errors
    /// `Unreadable` when the entry could not be sealed.
    pub(crate) fn audit_counted(
        &mut self,
        entry: Entry,
        count: u64,
        erased: Option<Pseudonym>,
    ) -> Result<(), StoreError> {
        let mut entry = StoredEntry { count: Some(count), ..stored(entry)? };
        if let Some(pseudonym) = erased {
            (entry.actor_type, entry.actor_key) = ("user".to_owned(), pseudonym.to_string());
        }
        self.put_entry(&entry)
    }

    fn put_entry(&mut self, entry: &StoredEntry) -> Result<(), StoreError> {
        let (mut item, table) = (
            encode("an audit entry", &key(entry.at, &entry.id), entry)?,
            self.store().names().audit.clone(),
        );
        self.store().place_entry(&mut item);
        self.put(Conflict::AuditEntry, &table, item, Condition::absent())
    }
}

impl Store {
    /// Writes an audit entry for something that changed nothing, such as a refusal.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn audit(&self, entry: Entry) -> Result<(), StoreError> {
        let mut tx = self.transaction();
        tx.audit(entry)?;
        tx.commit().await
    }
}

pub(crate) fn stored(entry: Entry) -> Result<StoredEntry, StoreError> {
    let sealed = |subject: &Subject,
                  part: &dyn erased::Part|
     -> Result<Option<String>, StoreError> {
        let text = part.json().map_err(|cause| StoreError::unreadable("an audit entry", cause))?;
        seal::seal(&subject.key, subject.pseudonym, &text)
            .map(Some)
            .ok_or_else(|| StoreError::unreadable("an audit entry", "the key does not seal"))
    };
    let Entry { id, at, actor, action, resource, success, reason, changes, origin } = entry;
    let (mut ip, mut user_agent) = (origin.ip, origin.user_agent);
    let impersonating = match &actor {
        Actor::Impersonator { user, .. } => Some(user.pseudonym.to_string()),
        _ => None,
    };
    let (actor_type, actor_key, actor_sealed) = match &actor {
        Actor::User(subject) | Actor::Impersonator { staff: subject, .. } => {
            let part = ActorPart {
                user: subject.user.to_string(),
                ip: ip.take(),
                agent: user_agent.take(),
            };
            ("user", subject.pseudonym.to_string(), sealed(subject, &part)?)
        }
        Actor::Service(name) => ("service", format!("service:{name}"), None),
        Actor::System(job) => ("system", format!("system:{job}"), None),
        Actor::Cli => ("cli", "cli".to_owned(), None),
        Actor::Anonymous => ("anonymous", "anonymous".to_owned(), None),
    };
    let (resource_type, resource_id, target) = match resource {
        Resource::User(subject) => ("user", subject.pseudonym.to_string(), Some(subject)),
        Resource::Owned { kind, id, owner } => (kind, id, Some(owner)),
        Resource::Other { kind, id } => (kind, id, None),
    };
    let (mut clear_reason, mut clear_changes) = (reason, changes);
    let target_sealed = match &target {
        Some(subject) => sealed(
            subject,
            &TargetPart {
                user: subject.user.to_string(),
                reason: clear_reason.take(),
                changes: std::mem::take(&mut clear_changes),
            },
        )?,
        None => None,
    };
    Ok(StoredEntry {
        id: id.to_string(),
        at,
        action: action.to_owned(),
        actor_type: actor_type.to_owned(),
        actor_key,
        impersonating,
        resource_type: resource_type.to_owned(),
        resource_id,
        target_key: target.map(|subject| subject.pseudonym.to_string()),
        success,
        request_id: origin.request_id.to_string(),
        route: origin.route,
        actor_sealed,
        target_sealed,
        reason: clear_reason,
        changes: clear_changes,
        count: None,
        api_key: origin.api_key,
        ip,
        user_agent,
    })
}

mod erased {
    /// A part of an entry that can be sealed.
    pub(super) trait Part {
        fn json(&self) -> Result<String, serde_json::Error>;
    }
    impl<T: serde::Serialize> Part for T {
        fn json(&self) -> Result<String, serde_json::Error> {
            serde_json::to_string(self)
        }
    }
}

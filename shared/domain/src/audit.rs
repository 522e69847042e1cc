//! The audit log: who did what to whom, when, why and with what result.
//!
//! An entry names people by pseudonym only. What identifies them (ids, addresses, changed values, the words of a reason) is encrypted under their own key, so that
//! destroying the key at erasure leaves a complete log that names nobody.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AuditId, Pseudonym, RequestId, Timestamp, UserId, secret::SubjectKey};

/// A person as the audit log needs them: pseudonym and key, and the id that the key hides.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The person.
    pub user: UserId,
    /// Their name in the log.
    pub pseudonym: Pseudonym,
    /// The key of what identifies them.
    pub key: SubjectKey,
}

/// Who acted.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A person, by session or API key.
    User(Subject),
    /// Another service, by system key.
    Service(String),
    /// The platform itself: a schedule or a worker.
    System(&'static str),
    /// An operator at the command line.
    Cli,
    /// Someone who is not signed in.
    Anonymous,
}

/// What was acted upon.
#[derive(Debug, Clone)]
pub enum Resource {
    /// A person.
    User(Subject),
    /// Something that belongs to a person.
    Owned {
        /// The kind: `export`, `deletion`, `share_link` …
        kind: &'static str,
        /// Its id.
        id: String,
        /// Whose it is.
        owner: Subject,
    },
    /// Something that belongs to nobody in particular.
    Other {
        /// The kind: `setting`, `role` …
        kind: &'static str,
        /// Its id.
        id: String,
    },
}

/// One value before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Before; null when there was none.
    pub before: Value,
    /// After; null when there is none.
    pub after: Value,
}

/// Changed fields only.
pub type Changes = BTreeMap<String, Change>;

/// Records a changed field, when it changed.
pub fn note_change<T: Serialize>(changes: &mut Changes, field: &str, before: &T, after: &T) {
    let (before, after) = (serde_json::to_value(before).unwrap_or_default(), serde_json::to_value(after).unwrap_or_default());
    if before != after {
        changes.insert(field.to_owned(), Change { before, after });
    }
}

/// Where a request came from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The address as the gateway saw it.
    pub ip: Option<String>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// The request or run.
    pub request_id: RequestId,
    /// The route's template, never the path itself: paths hold ids.
    pub route: String,
}

/// An entry to be written.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What: `user.banned`, `export.created` …
    pub action: &'static str,
    /// To what.
    pub resource: Resource,
    /// Whether it was done; refusals are written too.
    pub success: bool,
    /// The reason given, or the code of the refusal.
    pub reason: Option<String>,
    /// Changed fields.
    pub changes: Changes,
    /// Where it came from.
    pub origin: Origin,
}

/// What a reader sees of the one who acted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActorView {
    /// `user`, `service`, `system`, `cli` or `anonymous`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The user's id, or the pseudonym once they are erased; the name of a service or job.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
}

/// What a reader sees of the resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceView {
    /// The kind: `user`, `export`, `deletion` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id; a pseudonym for a user who is erased.
    pub id: String,
}

/// An entry as a reader sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// What was done, `user.banned`.
    pub action: String,
    /// Who did it.
    pub actor: ActorView,
    /// To what.
    pub resource: ResourceView,
    /// The person whom it concerned: a user id, or a pseudonym once they are erased.
    pub target: Option<String>,
    /// Whether it was done.
    pub success: bool,
    /// The reason given, or the code of a refusal.
    pub reason: Option<String>,
    /// Changed fields, before and after.
    pub changes: Changes,
    /// How many refusals the entry stands for: the same caller, route and code, at most one entry a minute. Absent on every other entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
    /// The address that it came from.
    pub ip: Option<String>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// The request.
    pub request_id: String,
    /// The route's template.
    pub route: String,
    /// The fields that this caller may not see.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub redacted: Vec<String>,
}

impl Record {
    /// The same for somebody who may not see the addresses and user agents of others.
    #[must_use]
    pub fn without_addresses(self) -> Self {
        let redacted = ["ip", "userAgent"].map(str::to_owned).into();
        Self { ip: None, user_agent: None, redacted, ..self }
    }
}

//! The audit log: who did what to whom, when, why and with what result.
//!
//! An entry names users by pseudonym only. What identifies them (ids, addresses, changed values, the text of a reason) is encrypted with their own key, so that
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

/// Value of a field before and after a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Value before the change; null if there was none.
    pub before: Value,
    /// Value after the change; null if it was removed.
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

/// The actor of an audit log entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActorView {
    /// Kind of actor: `user`, `service`, `system`, `cli` or `anonymous`.
    #[serde(rename = "type")]
    pub kind: String,
    /// User id, or pseudonym after erasure; the name of a service or job.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
}

/// The resource of an audit log entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceView {
    /// Kind of resource, such as `user`, `export` or `deletion`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Resource id; for an erased user, the pseudonym.
    pub id: String,
}

/// An audit log entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Audit log entry id.
    pub id: AuditId,
    /// Time of the action.
    pub at: Timestamp,
    /// Action, such as `user.banned`.
    pub action: String,
    /// User, service or job that performed the action.
    pub actor: ActorView,
    /// Resource that the action was performed on.
    pub resource: ResourceView,
    /// User that the action affected: user id, or pseudonym after erasure.
    pub target: Option<String>,
    /// Whether the action succeeded; false for a refused request.
    pub success: bool,
    /// Reason given for the action, or the error code of a refused request.
    pub reason: Option<String>,
    /// Changed fields, with their values before and after.
    pub changes: Changes,
    /// Number of refused requests that this entry stands for: same caller, route and code, at most one entry per minute. Absent from all other entries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
    /// IP address of the request. Requires `session.read`.
    pub ip: Option<String>,
    /// User agent of the request. Requires `session.read`.
    pub user_agent: Option<String>,
    /// Request id.
    pub request_id: String,
    /// Route template of the request, without ids.
    pub route: String,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub redacted: Vec<String>,
}

impl Record {
    /// The entry for a reader who cannot see the IP addresses and user agents of others.
    #[must_use]
    pub fn without_addresses(self) -> Self {
        let redacted = ["ip", "userAgent"].map(str::to_owned).into();
        Self { ip: None, user_agent: None, redacted, ..self }
    }
}

//! The audit log: who did what, to which resource, when, why and with what result.
//!
//! An entry names users by pseudonym only. Everything that identifies them (ids, addresses, changed
//! values, the text of a reason) is encrypted with their own key, so that destroying the key at
//! erasure leaves a complete log that names nobody.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AuditId, Pseudonym, RequestId, Timestamp, UserId, secret::SubjectKey};

/// A user as the audit log records them: the pseudonym, the key, and the id that the key encrypts.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The user.
    pub user: UserId,
    /// Pseudonym in the audit log.
    pub pseudonym: Pseudonym,
    /// Key that encrypts the user's identifying data.
    pub key: SubjectKey,
}

/// The actor of an entry.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A user, by session or API key.
    User(Subject),
    /// A staff member who acts as a user.
    Impersonator {
        /// The staff member, who is the actor of the entry.
        staff: Subject,
        /// The user.
        user: Subject,
    },
    /// Another service, by system key.
    Service(String),
    /// The platform itself: a schedule or a worker.
    System(&'static str),
    /// An operator at the command line.
    Cli,
    /// A caller who is not signed in.
    Anonymous,
}

/// The resource of an entry.
#[derive(Debug, Clone)]
pub enum Resource {
    /// A user.
    User(Subject),
    /// A resource of a user.
    Owned {
        /// The kind: `export`, `deletion`, `share_link` …
        kind: &'static str,
        /// Resource id.
        id: String,
        /// The user who owns the resource.
        owner: Subject,
    },
    /// A resource without a user.
    Other {
        /// The kind: `setting`, `role` …
        kind: &'static str,
        /// Resource id.
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

/// Changed fields, by name.
pub type Changes = BTreeMap<String, Change>;

/// Records a field if its value changed.
pub fn note_change<T: Serialize>(changes: &mut Changes, field: &str, before: &T, after: &T) {
    let (before, after) = (
        serde_json::to_value(before).unwrap_or_default(),
        serde_json::to_value(after).unwrap_or_default(),
    );
    if before != after {
        changes.insert(field.to_owned(), Change { before, after });
    }
}

/// The origin of a request.
#[derive(Debug, Clone)]
pub struct Origin {
    /// IP address as seen by the gateway.
    pub ip: Option<String>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// Id of the request or run.
    pub request_id: RequestId,
    /// Template of the route. Never the path itself, which contains ids.
    pub route: String,
    /// Whether the request came with an API key of the actor.
    pub api_key: bool,
}

/// An entry to write.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Audit log entry id.
    pub id: AuditId,
    /// Time of the action.
    pub at: Timestamp,
    /// Actor.
    pub actor: Actor,
    /// Action, such as `user.banned` or `export.created`.
    pub action: &'static str,
    /// Resource.
    pub resource: Resource,
    /// Whether the action succeeded; refused requests are recorded too.
    pub success: bool,
    /// Reason given, or the error code of a refused request.
    pub reason: Option<String>,
    /// Changed fields.
    pub changes: Changes,
    /// Origin of the request.
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
    /// User that the actor acted as: user id, or pseudonym after erasure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(skip)]
    pub impersonating: Option<String>,
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

/// The action of an entry about a report: its actor is hidden from the user it is about.
pub const REPORT_FILED: &str = "report.filed";

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
    /// The actor in words: a user id, `usr_… (API key)`, `service:stripe`, `system:scheduler`,
    /// `command line`, `not signed in`, `erased member of staff` or `erased user`.
    pub actor_name: String,
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
    /// Number of refused requests that this entry stands for: same caller, route and code, at most
    /// one entry per minute. Absent from all other entries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
    /// IP address of the request. Requires `session.read`.
    pub ip: Option<String>,
    /// User agent of the request. Requires `session.read`.
    pub user_agent: Option<String>,
    /// The request that caused the entry, as in the logs.
    pub request_id: String,
    /// Route template of the request, without ids.
    pub route: String,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub redacted: Vec<String>,
}

impl Record {
    /// An actor in words. `id` is that of the view: a user who was erased has only a pseudonym left,
    /// and the route tells whether they acted as a member of staff.
    pub fn actor_name(actor: &ActorView, route: &str, api_key: bool) -> String {
        let id = actor.id.as_deref().unwrap_or_default();
        match actor.kind.as_str() {
            "user" if id.parse::<Pseudonym>().is_ok() => {
                let is_staff_route =
                    ["/api/admin/", "/v1/"].iter().any(|part| route.contains(part));
                if is_staff_route { "erased member of staff" } else { "erased user" }.to_owned()
            }
            "user" if api_key => format!("{id} (API key)"),
            "user" => id.to_owned(),
            "cli" => "command line".to_owned(),
            "anonymous" => "not signed in".to_owned(),
            kind => format!("{kind}:{id}"),
        }
    }

    /// The entry for a reader who cannot see the IP addresses and user agents of others.
    #[must_use]
    pub fn without_addresses(self) -> Self {
        let redacted = ["ip", "userAgent"].map(str::to_owned).into();
        Self { ip: None, user_agent: None, redacted, ..self }
    }

    /// Whether the entry tells a reader who reported them.
    pub fn names_reporter_of(&self, reader: UserId) -> bool {
        self.action == REPORT_FILED && self.target.as_deref() == Some(&reader.to_string())
    }

    /// The entry for the user whom its actor reported.
    #[must_use]
    pub fn without_actor(self) -> Self {
        let actor = ActorView { id: None, impersonating: None, ..self.actor };
        let redacted = ["actor", "actorName", "ip", "userAgent", "requestId"].map(str::to_owned);
        Self {
            actor,
            actor_name: "another user".to_owned(),
            ip: None,
            user_agent: None,
            request_id: String::new(),
            redacted: redacted.into(),
            ..self
        }
    }
}

//! Opening entries: pseudonyms are resolved to user ids and sealed parts are decrypted, for users
//! who still exist. An erased user stays a pseudonym, and the sealed parts stay unreadable.

use std::collections::HashMap;

use provost_domain::{
    Pseudonym,
    audit::{ActorView, Changes, Record, ResourceView},
};
use serde::de::DeserializeOwned;

use crate::{
    StoreError,
    audit::{ActorPart, StoredEntry, TargetPart},
    audit_partitions,
    principals::SubjectItem,
    seal,
};

/// The users who still exist, by pseudonym.
type Subjects = HashMap<Pseudonym, SubjectItem>;

/// The pseudonyms in an entry.
pub(super) fn people(entry: &StoredEntry) -> impl Iterator<Item = Pseudonym> {
    [Some(entry.actor_key.as_str()), entry.target_key.as_deref(), Some(entry.resource_id.as_str())]
        .into_iter()
        .flatten()
        .filter_map(|text| text.parse().ok())
}

/// An entry as readers see it.
pub(super) fn open(entry: StoredEntry, subjects: &Subjects) -> Result<Record, StoreError> {
    let actor_part: Option<ActorPart> =
        part(&entry.actor_key, entry.actor_sealed.as_deref(), subjects);
    let target_part: Option<TargetPart> = entry
        .target_key
        .as_deref()
        .and_then(|key| part(key, entry.target_sealed.as_deref(), subjects));
    // Data about a user is only in a sealed part; only data about nobody is in plain text.
    let (ip, user_agent) = if entry.actor_sealed.is_some() {
        actor_part.map_or((None, None), |part| (part.ip, part.agent))
    } else {
        (entry.ip, entry.user_agent)
    };
    let (reason, changes) = if entry.target_sealed.is_some() {
        target_part.map_or((None, Changes::new()), |part| (part.reason, part.changes))
    } else {
        (entry.reason, entry.changes)
    };
    let actor = match entry.actor_type.as_str() {
        "user" => Some(person(&entry.actor_key, subjects)),
        "service" | "system" => {
            let key = audit_partitions::actor(&entry.actor_key);
            Some(key.split_once(':').map_or(key, |(_, name)| name).to_owned())
        }
        _ => None,
    };
    Ok(Record {
        id: entry.id.parse().map_err(|cause| StoreError::unreadable("an audit entry", cause))?,
        at: entry.at,
        action: entry.action,
        actor: ActorView { kind: entry.actor_type, id: actor },
        resource: ResourceView {
            id: person(&entry.resource_id, subjects),
            kind: entry.resource_type,
        },
        target: entry.target_key.map(|key| person(&key, subjects)),
        success: entry.success,
        reason,
        changes,
        count: entry.count,
        ip,
        user_agent,
        request_id: entry.request_id,
        route: entry.route,
        redacted: Vec::new(),
    })
}

/// The user id behind a pseudonym, or the pseudonym itself if the user was erased. Other ids are
/// returned unchanged.
fn person(text: &str, subjects: &Subjects) -> String {
    let subject = text.parse().ok().and_then(|pseudonym: Pseudonym| subjects.get(&pseudonym));
    subject.map_or_else(|| text.to_owned(), |subject| subject.user_id.to_string())
}

fn part<T: DeserializeOwned>(
    pseudonym: &str,
    sealed: Option<&str>,
    subjects: &Subjects,
) -> Option<T> {
    let pseudonym = pseudonym.parse().ok()?;
    let clear = seal::open(&subjects.get(&pseudonym)?.subject_key, pseudonym, sealed?)?;
    serde_json::from_str(&clear).ok()
}

/// Whether a lower-case text occurs in the action, an id or the reason.
pub(super) fn mentions(record: &Record, text: &str) -> bool {
    let holds = |field: &str| field.to_lowercase().contains(text);
    let id = record.id.to_string();
    [
        Some(id.as_str()),
        Some(&record.action),
        record.actor.id.as_deref(),
        Some(&record.resource.kind),
        Some(&record.resource.id),
        record.target.as_deref(),
        record.reason.as_deref(),
        Some(&record.request_id),
    ]
    .into_iter()
    .flatten()
    .any(holds)
}

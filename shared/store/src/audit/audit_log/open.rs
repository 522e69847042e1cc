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
    records::SubjectItem,
    seal,
};

/// The users who still exist, by pseudonym.
type Subjects = HashMap<Pseudonym, SubjectItem>;

/// The pseudonyms in an entry.
pub(super) fn people(entry: &StoredEntry) -> impl Iterator<Item = Pseudonym> {
    let keys = [
        Some(entry.actor_key.as_str()),
        entry.impersonating.as_deref(),
        entry.target_key.as_deref(),
        Some(entry.resource_id.as_str()),
    ];
    keys.into_iter().flatten().filter_map(|text| text.parse().ok())
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
    let actor = ActorView {
        kind: entry.actor_type,
        id: actor,
        impersonating: entry.impersonating.map(|key| person(&key, subjects)),
    };
    Ok(Record {
        id: entry.id.parse().map_err(|cause| StoreError::unreadable("an audit entry", cause))?,
        at: entry.at,
        action: entry.action,
        actor_name: Record::actor_name(&actor, &entry.route, entry.api_key),
        actor,
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

/// Whether a lower-case text occurs in the action, the actor, an id or the reason.
pub(super) fn mentions(record: &Record, text: &str) -> bool {
    let holds = |field: &str| field.to_lowercase().contains(text);
    let id = record.id.to_string();
    [
        Some(id.as_str()),
        Some(&record.action),
        record.actor.id.as_deref(),
        Some(&record.actor_name),
        record.actor.impersonating.as_deref(),
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

#[cfg(test)]
mod tests {
    use provost_domain::{
        AuditId, RequestId, UserId,
        audit::{Actor, Changes, Entry, Origin, Resource, Subject},
        secret::SubjectKey,
    };

    use super::*;

    fn subject(number: u128) -> Subject {
        Subject {
            user: UserId::new(number.into()),
            pseudonym: Pseudonym::new((100 + number).into()),
            key: SubjectKey([7; 32]),
        }
    }

    fn entry(actor: Actor) -> Entry {
        Entry {
            id: AuditId::new(9_u128.into()),
            at: provost_domain::Timestamp::from_millis(1_795_190_400_000),
            actor,
            action: "user.updated",
            resource: Resource::User(subject(1)),
            success: true,
            reason: None,
            changes: Changes::new(),
            origin: Origin {
                ip: Some("192.0.2.7".to_owned()),
                user_agent: None,
                request_id: RequestId::new(8_u128.into()),
                route: "/api/users/me".to_owned(),
                api_key: false,
            },
        }
    }

    #[test]
    fn an_entry_names_the_staff_member_and_the_user_they_acted_as() {
        let (staff, user) = (subject(2), subject(1));
        let stored = crate::audit::stored(entry(Actor::Impersonator {
            staff: staff.clone(),
            user: user.clone(),
        }))
        .unwrap();
        assert_eq!(stored.actor_type, "user", "as earlier releases know it");
        let item = serde_json::to_string(&stored).unwrap();
        assert!(!item.contains(&user.user.to_string()) && !item.contains("192.0.2.7"));
        assert_eq!(people(&stored).count(), 4);
        let known = |subjects: &[&Subject]| -> Subjects {
            let item = |subject: &Subject| SubjectItem {
                user_id: subject.user,
                subject_key: subject.key.clone(),
            };
            subjects.iter().map(|subject| (subject.pseudonym, item(subject))).collect()
        };
        let read = open(stored.clone(), &known(&[&staff, &user])).unwrap();
        assert_eq!(read.actor.id, Some(staff.user.to_string()));
        assert_eq!(read.actor.impersonating, Some(user.user.to_string()));
        assert_eq!(read.ip.as_deref(), Some("192.0.2.7"));
        let erased = open(stored, &known(&[&staff])).unwrap();
        assert_eq!(erased.actor.impersonating, Some(user.pseudonym.to_string()));
        let plain = crate::audit::stored(entry(Actor::User(user))).unwrap();
        assert!(serde_json::to_value(&plain).unwrap().get("impersonating").is_none());
    }
}

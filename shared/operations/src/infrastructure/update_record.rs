use provost_domain::dns::{
    Record, Zone,
    consistency::{check_change, depends_on_others, set_ttl},
    joining_ttl, ttl,
};
use provost_store::dns_records::{NameChange, standing};

use super::records::{CHANGED, RecordContent, may_be_needed, shown};
use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Replaces a record of a DNS zone. All records of a name and type have one TTL, so a change in one
/// is a change in all.
///
/// # Errors
/// `VALIDATION_FAILED` for a TTL that is out of range, or a record that does not fit the others of
/// the zone; `ALREADY_EXISTS`, `INVALID_ACTION` when other records depend on it.
pub async fn update_record(
    op: &Op<'_>,
    zone: &Zone,
    old: &Record,
    update: RecordContent,
    by: EventActor,
) -> Result<Change<Record>, OperationError> {
    let (store, RecordContent { name, kind, ttl: given, content }) = (op.app.store(), update);
    let left = store.at_name(zone, &old.name).await?;
    let joined = if name == old.name { None } else { Some(store.at_name(zone, &name).await?) };
    let before = store.all_records(zone).await?;

    let set = set_ttl(&before, &name, kind, old.id);
    let stays = name == old.name && kind == old.kind;
    let ttl = if stays {
        ttl(given.or(set))?
    } else {
        ttl(given.or(set)).and_then(|_| joining_ttl(given, set))?
    };
    let new = Record { name, kind, ttl, content, updated_at: op.now, ..old.clone() };
    let others: Vec<Record> = before
        .iter()
        .filter(|other| {
            stays
                && other.id != new.id
                && other.name == new.name
                && other.kind == kind
                && other.ttl != ttl
        })
        .map(|other| Record { ttl, updated_at: new.updated_at, ..other.clone() })
        .collect();
    let after: Vec<_> = before
        .iter()
        .map(|record| if record.id == new.id { new.clone() } else { record.clone() })
        .collect();

    let without = left.without(old.id);
    let names = match &joined {
        None => vec![(&new.name, &left, without.with(standing(&new))?.with_ttl(kind, ttl))],
        Some(joined) => {
            vec![(&old.name, &left, without), (&new.name, joined, joined.with(standing(&new))?)]
        }
    };
    check_change(&zone.name, &before, &after, Some(&new))?;
    let names: Vec<_> =
        names.iter().map(|(name, before, after)| NameChange { name, before, after }).collect();
    let depends = |record: &Record| depends_on_others(record, &zone.name);
    let alone = depends(&new) || (may_be_needed(old) && before.iter().any(depends));
    let records: Vec<&Record> = std::iter::once(&new).chain(&others).collect();
    let mut tx = op.transaction();
    tx.save_records(zone, &records, &names, alone)?;

    let ids: Vec<String> = others.iter().map(|other| other.id.to_string()).collect();
    OrganisationEvent::of_resource("dns_record.changed", "dns_record", new.id)
        .change("name", Some(&old.name), Some(&new.name))
        .change("type", Some(old.kind), Some(new.kind))
        .change("ttl", Some(old.ttl), Some(new.ttl))
        .change("ttlAlsoOf", None, Some(ids).filter(|ids| !ids.is_empty()))
        .change("content", Some(shown(&old.content)), Some(shown(&new.content)))
        .record(op, &mut tx, &[zone.organisation_id], by)?;
    let version = new.version + 1;
    Ok(Change::new(tx, Record { version, ..new }).decided_again_on(&CHANGED))
}

use provost_domain::{
    RecordId,
    dns::{
        MAX_RECORDS, Record, Zone,
        consistency::{check_change, depends_on_others, set_ttl},
        joining_ttl, too_many_records, ttl,
    },
};
use provost_store::dns_records::{NameChange, standing};

use super::records::{CHANGED, RecordContent, shown};
use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Adds a record to a DNS zone.
///
/// # Errors
/// `VALIDATION_FAILED` for a TTL that is out of range, or a record that does not fit the others of
/// the zone; `ALREADY_EXISTS`, `INVALID_ACTION` when the zone has as many records as possible.
pub async fn create_record(
    op: &Op<'_>,
    zone: &Zone,
    new: RecordContent,
    by: EventActor,
) -> Result<Change<Record>, OperationError> {
    let (id, store, given) = (op.app.id(RecordId::new), op.app.store(), new.ttl);
    // The name is read before the records of the zone, so that a concurrent write at that name
    // makes this write fail.
    let at_name = store.at_name(zone, &new.name).await?;
    let before = store.all_records(zone).await?;
    let set = set_ttl(&before, &new.name, new.kind, id);
    let record = Record {
        id,
        zone_id: zone.id,
        name: new.name,
        kind: new.kind,
        ttl: ttl(given.or(set))?,
        content: new.content,
        created_at: op.now,
        updated_at: op.now,
        version: 1,
    };
    let with_it = at_name.with(standing(&record))?;
    joining_ttl(given, set)?;
    if zone.record_count >= u64::from(MAX_RECORDS) {
        return Err(too_many_records().into());
    }
    let after: Vec<_> = before.iter().cloned().chain([record.clone()]).collect();
    check_change(&zone.name, &before, &after, Some(&record))?;

    let mut tx = op.transaction();
    tx.create_record(
        zone,
        &record,
        &NameChange { name: &record.name, before: &at_name, after: &with_it },
        depends_on_others(&record, &zone.name),
    )?;
    OrganisationEvent::of_resource("dns_record.created", "dns_record", record.id)
        .change("name", None, Some(&record.name))
        .change("type", None, Some(record.kind))
        .change("ttl", None, Some(record.ttl))
        .change("content", None, Some(shown(&record.content)))
        .record(op, &mut tx, &[zone.organisation_id], by)?;
    // The zone may have been removed, or be full by now.
    Ok(Change::new(tx, record).decided_again_on(&CHANGED))
}

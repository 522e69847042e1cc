use provost_domain::dns::{
    Record, Zone,
    consistency::{check_change, depends_on_others},
};
use provost_store::dns_records::NameChange;

use super::records::{CHANGED, may_be_needed, shown};
use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Deletes a record of a DNS zone.
///
/// # Errors
/// `INVALID_ACTION` when other records depend on it.
pub async fn delete_record(
    op: &Op<'_>,
    zone: &Zone,
    record: &Record,
    by: EventActor,
) -> Result<Change<()>, OperationError> {
    let store = op.app.store();
    let at_name = store.at_name(zone, &record.name).await?;
    let before = store.all_records(zone).await?;
    let after: Vec<_> = before.iter().filter(|other| other.id != record.id).cloned().collect();
    check_change(&zone.name, &before, &after, None)?;

    let without = at_name.without(record.id);
    let alone =
        may_be_needed(record) && after.iter().any(|other| depends_on_others(other, &zone.name));
    let mut tx = op.transaction();
    tx.remove_record(
        zone,
        record,
        &NameChange { name: &record.name, before: &at_name, after: &without },
        alone,
    )?;
    OrganisationEvent::of_resource("dns_record.removed", "dns_record", record.id)
        .change("name", Some(&record.name), None)
        .change("type", Some(record.kind), None)
        .change("content", Some(shown(&record.content)), None)
        .record(op, &mut tx, &[zone.organisation_id], by)?;
    Ok(Change::new(tx, ()).decided_again_on(&CHANGED))
}

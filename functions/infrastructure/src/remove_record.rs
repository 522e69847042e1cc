//! `DELETE /api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}`: remove a record.

use provost_http::{Answer, Call, Nothing, OrganisationGrant};
use provost_store::dns_records::NameChange;

use crate::{record::Told, zone};

pub async fn remove(call: Call<OrganisationGrant>) -> Answer<Nothing> {
    let (zone, record) = zone::with_record(&call).await?;
    call.check_version(record.version)?;
    let before = call.app.store().at_name(&zone, &record.name).await?;
    let after = before.without(record.id);
    let mut tx = call.app.transaction();
    tx.remove_record(&zone, &record, &NameChange { name: &record.name, before: &before, after: &after })?;
    Told::of("dns_record.removed", "dns_record", record.id)
        .change("name", Some(record.name.as_str()), None)
        .change("type", Some(record.kind), None)
        .change("content", Some(record.content.as_str()), None)
        .write(&call, &mut tx)?;
    call.commit(tx, &Nothing).await.map_err(zone::anew)?;
    Ok(Nothing)
}

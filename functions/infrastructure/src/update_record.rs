//! `PUT /api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}`: replace a record.

use provost_domain::dns::Record;
use provost_http::{Answer, Body, Call, Json, OrganisationGrant};
use provost_store::dns_records::{NameChange, standing};

use crate::{create_record::WriteRecord, list_records::RecordView, record::Told, zone};

pub async fn update(call: Call<OrganisationGrant>, Body(body): Body<WriteRecord>) -> Answer<Json<RecordView>> {
    let (zone, old) = zone::with_record(&call).await?;
    call.check_version(old.version)?;
    let (name, ttl, content) = body.checked(&zone.name)?;
    let new = Record { name, kind: body.kind(), ttl, content, updated_at: call.now(), ..old.clone() };
    let store = call.app.store();
    let left = store.at_name(&zone, &old.name).await?;
    let without = left.without(old.id);
    let mut tx = call.app.transaction();
    if new.name == old.name {
        let after = without.with(standing(&new))?;
        tx.save_record(&zone, &new, &[NameChange { name: &new.name, before: &left, after: &after }])?;
    } else {
        let joined = store.at_name(&zone, &new.name).await?;
        let after = joined.with(standing(&new))?;
        tx.save_record(
            &zone,
            &new,
            &[
                NameChange { name: &old.name, before: &left, after: &without },
                NameChange { name: &new.name, before: &joined, after: &after },
            ],
        )?;
    }
    Told::of("dns_record.changed", "dns_record", new.id)
        .change("name", Some(old.name.as_str()), Some(new.name.as_str()))
        .change("type", Some(old.kind), Some(new.kind))
        .change("ttl", Some(old.ttl), Some(new.ttl))
        .change("content", Some(old.content.as_str()), Some(new.content.as_str()))
        .write(&call, &mut tx)?;
    let version = new.version + 1;
    let answer = Json::new(RecordView::from(Record { version, ..new })).version(version);
    call.commit(tx, &answer).await.map_err(zone::anew)?;
    Ok(answer)
}

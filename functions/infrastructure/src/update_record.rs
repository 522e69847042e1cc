//! `PUT /api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}`: replace a DNS record.

use provost_domain::dns::{
    Record, RecordType,
    consistency::{check_change, depends_on_others, set_ttl},
    joining_ttl, ttl,
};
use provost_http::{Body, HandlerResult, Json, OrganisationGrant, RequestContext};
use provost_store::dns_records::{NameChange, standing};

use crate::{
    create_record::WriteRecord,
    list_records::RecordView,
    record::{ResourceEvent, shown},
    zone,
};

pub async fn update_dns_record(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<WriteRecord>,
) -> HandlerResult<Json<RecordView>> {
    let (zone, old) = zone::with_record(&ctx).await?;
    ctx.check_version(old.version)?;
    let (name, content) = body.checked(&zone.name)?;
    let (store, kind) = (ctx.app.store(), body.kind());
    let left = store.at_name(&zone, &old.name).await?;
    let joined = if name == old.name { None } else { Some(store.at_name(&zone, &name).await?) };
    let before = store.all_records(&zone).await?;

    let set = set_ttl(&before, &name, kind, old.id);
    let stays = name == old.name && kind == old.kind;
    let ttl = if stays {
        ttl(body.ttl().or(set))?
    } else {
        ttl(body.ttl().or(set)).and_then(|_| joining_ttl(body.ttl(), set))?
    };
    let new = Record { name, kind, ttl, content, updated_at: ctx.now(), ..old.clone() };
    // All records of a name and type have one TTL, so a change in one is a change in all.
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
    let alone = depends(&new) || (may_be_needed(&old) && before.iter().any(depends));
    let records: Vec<&Record> = std::iter::once(&new).chain(&others).collect();
    let mut tx = ctx.app.transaction();
    tx.save_records(&zone, &records, &names, alone)?;

    let ids: Vec<String> = others.iter().map(|other| other.id.to_string()).collect();
    ResourceEvent::of("dns_record.changed", "dns_record", new.id)
        .change("name", Some(old.name.as_str()), Some(new.name.as_str()))
        .change("type", Some(old.kind), Some(new.kind))
        .change("ttl", Some(old.ttl), Some(new.ttl))
        .change("ttlAlsoOf", None, Some(ids).filter(|ids| !ids.is_empty()))
        .change("content", Some(shown(&old.content)), Some(shown(&new.content)))
        .write(&ctx, &mut tx)?;
    let version = new.version + 1;
    let answer = Json::new(RecordView::from(Record { version, ..new.clone() })).version(version);
    ctx.commit(tx, &answer).await.map_err(zone::anew)?;
    Ok(answer)
}

/// Whether other records may depend on this one: it gives a name an address, or points to one.
pub fn may_be_needed(record: &Record) -> bool {
    matches!(record.kind, RecordType::A | RecordType::Aaaa | RecordType::Cname)
}

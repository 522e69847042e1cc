//! `DELETE /api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}`: delete a DNS record.

use provost_domain::dns::consistency::{check_change, depends_on_others};
use provost_http::{HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_store::dns_records::NameChange;

use crate::{
    record::{ResourceEvent, shown},
    update_record::may_be_needed,
    zone,
};

pub async fn delete_dns_record(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<NoContent> {
    let (zone, record) = zone::with_record(&ctx).await?;
    ctx.check_version(record.version)?;
    let store = ctx.app.store();
    let at_name = store.at_name(&zone, &record.name).await?;
    let before = store.all_records(&zone).await?;
    let after: Vec<_> = before.iter().filter(|other| other.id != record.id).cloned().collect();
    check_change(&zone.name, &before, &after, None)?;

    let without = at_name.without(record.id);
    let alone =
        may_be_needed(&record) && after.iter().any(|other| depends_on_others(other, &zone.name));
    let mut tx = ctx.app.transaction();
    tx.remove_record(
        &zone,
        &record,
        &NameChange { name: &record.name, before: &at_name, after: &without },
        alone,
    )?;
    ResourceEvent::of("dns_record.removed", "dns_record", record.id)
        .change("name", Some(record.name.as_str()), None)
        .change("type", Some(record.kind), None)
        .change("content", Some(shown(&record.content)), None)
        .write(&ctx, &mut tx)?;
    ctx.commit(tx, &NoContent).await.map_err(zone::anew)?;
    Ok(NoContent)
}

//! `PUT /api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}`: replace a DNS record.

use provost_http::{Body, HandlerResult, Json, OrganisationGrant, RequestContext};
use provost_operations::infrastructure;

use crate::{records::create::WriteRecord, records::list::RecordView, zone};

pub async fn update_dns_record(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<WriteRecord>,
) -> HandlerResult<Json<RecordView>> {
    let reason = ctx.reason(None)?;
    let (zone, old) = zone::with_record(&ctx).await?;
    ctx.check_version(old.version)?;
    let (op, update) = (ctx.op(reason), body.checked(&zone.name)?);
    let change = infrastructure::update_record(&op, &zone, &old, update, ctx.by()).await?;
    ctx.complete(change, |record| {
        let version = record.version;
        Json::new(RecordView::from(record)).version(version)
    })
    .await
}

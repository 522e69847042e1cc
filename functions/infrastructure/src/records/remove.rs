//! `DELETE /api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}`: delete a DNS record.

use provost_http::{HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_operations::infrastructure;

use crate::zone;

pub async fn delete_dns_record(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<NoContent> {
    let reason = ctx.reason(None)?;
    let (zone, record) = zone::with_record(&ctx).await?;
    ctx.check_version(record.version)?;
    let op = ctx.op(reason);
    let change = infrastructure::delete_record(&op, &zone, &record, ctx.by()).await?;
    ctx.complete(change, |()| NoContent).await
}

//! `DELETE /api/organisations/{id}/dns/zones/{zoneId}`: delete a DNS zone with its records.

use provost_http::{HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_operations::infrastructure;
use tracing::warn;

use crate::zone;

pub async fn delete_dns_zone(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<NoContent> {
    let reason = ctx.reason(None)?;
    let zone = zone::of(&ctx).await?;
    ctx.check_version(zone.version)?;
    let change = infrastructure::delete_zone(&ctx.op(reason), &zone, ctx.by()).await?;
    let answer = ctx.complete(change, |()| NoContent).await?;
    // The records can no longer be reached; any that are left are removed with the organisation.
    if let Err(cause) = ctx.app.store().clear_zone(&zone).await {
        warn!(zone.id = %zone.id, %cause, "records of zone {} were left behind", zone.id);
    }
    Ok(answer)
}

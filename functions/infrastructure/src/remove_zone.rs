//! `DELETE /api/organisations/{id}/dns/zones/{zoneId}`: delete a DNS zone with its records.

use provost_domain::ApiError;
use provost_http::{HandlerError, HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_store::Conflict;
use tracing::warn;

use crate::{record::ResourceEvent, zone};

pub async fn delete_dns_zone(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<NoContent> {
    let zone = zone::of(&ctx).await?;
    ctx.check_version(zone.version)?;
    let claim = ctx.app.store().zone_claim(&zone.name).await?;
    let mut tx = ctx.app.transaction();
    tx.remove_zone(&zone, claim.as_ref(), ctx.now())?;
    ResourceEvent::of("dns_zone.removed", "dns_zone", zone.id)
        .change("name", Some(zone.name.as_str()), None)
        .write(&ctx, &mut tx)?;
    match ctx.commit(tx, &NoContent).await {
        Err(HandlerError::Conflict(Conflict::Zone)) => {
            return Err(ApiError::missing("zone").into());
        }
        Err(HandlerError::Conflict(Conflict::ZoneClaim)) => {
            return Err(HandlerError::Collision);
        }
        result => result?,
    }
    // The records can no longer be reached; any that are left are removed with the organisation.
    if let Err(cause) = ctx.app.store().clear_zone(&zone).await {
        warn!(zone.id = %zone.id, %cause, "records of zone {} were left behind", zone.id);
    }
    Ok(NoContent)
}

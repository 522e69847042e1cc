//! `DELETE /api/organisations/{id}/dns/zones/{zoneId}`: delete a DNS zone with its records.

use provost_domain::ApiError;
use provost_http::{Answer, HandlerError, Nothing, OrganisationGrant, RequestContext};
use provost_store::dns_zones::{ZONE, ZONE_CLAIM};
use tracing::warn;

use crate::{record::ResourceEvent, zone};

pub async fn delete_dns_zone(call: RequestContext<OrganisationGrant>) -> Answer<Nothing> {
    let zone = zone::of(&call).await?;
    call.check_version(zone.version)?;
    let claim = call.app.store().zone_claim(&zone.name).await?;
    let mut tx = call.app.transaction();
    tx.remove_zone(&zone, claim.as_ref(), call.now())?;
    ResourceEvent::of("dns_zone.removed", "dns_zone", zone.id).change("name", Some(zone.name.as_str()), None).write(&call, &mut tx)?;
    match call.commit(tx, &Nothing).await {
        Err(HandlerError::Failed { action: ZONE, .. }) => return Err(ApiError::missing("zone").into()),
        Err(HandlerError::Failed { action: ZONE_CLAIM, .. }) => return Err(HandlerError::Collision),
        result => result?,
    }
    // From here on nobody can reach the records; what is left of them now goes with the organisation.
    if let Err(cause) = call.app.store().clear_zone(&zone).await {
        warn!(zone.id = %zone.id, %cause, "records of zone {} were left behind", zone.id);
    }
    Ok(Nothing)
}

//! Checks of every route about a zone: DNS is enabled, and the zone belongs to the organisation.

use provost_domain::{
    ApiError, RecordId, ZoneId,
    dns::{Record, Zone, switched_off},
};
use provost_http::{HandlerError, OrganisationGrant, RequestContext};
use provost_store::{
    dns_records::{NAME, RECORD},
    dns_zones::ZONE,
};

/// Requires that DNS is enabled.
pub async fn check_on(call: &RequestContext<OrganisationGrant>) -> Result<(), HandlerError> {
    if call.app.store().settings().await?.dns { Ok(()) } else { Err(switched_off().into()) }
}

/// The zone of the path.
pub async fn of(call: &RequestContext<OrganisationGrant>) -> Result<Zone, HandlerError> {
    check_on(call).await?;
    let id: ZoneId = call.id("zoneId", "zone")?;
    Ok(call.app.store().zone(call.organisation.id, id).await?.ok_or_else(|| ApiError::missing("zone"))?)
}

/// The zone and the record of the path.
pub async fn with_record(call: &RequestContext<OrganisationGrant>) -> Result<(Zone, Record), HandlerError> {
    let zone = of(call).await?;
    let id: RecordId = call.id("recordId", "record")?;
    let record = call.app.store().record(zone.organisation_id, zone.id, id).await?.ok_or_else(|| ApiError::missing("record"))?;
    Ok((zone, record))
}

/// The data has changed since it was read: the request is decided again.
pub fn anew(problem: HandlerError) -> HandlerError {
    match problem {
        HandlerError::Failed { action: ZONE | RECORD | NAME, .. } => HandlerError::Collision,
        other => other,
    }
}

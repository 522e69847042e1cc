//! Checks of every route about a zone: DNS is enabled, and the zone belongs to the organisation.

use provost_domain::{
    RecordId, Refused, ZoneId,
    dns::{Record, Zone, switched_off},
};
use provost_http::{Call, OrganisationGrant, Problem};
use provost_store::{
    dns_records::{NAME, RECORD},
    dns_zones::ZONE,
};

/// Requires that DNS is enabled.
pub async fn check_on(call: &Call<OrganisationGrant>) -> Result<(), Problem> {
    if call.app.store().settings().await?.dns { Ok(()) } else { Err(switched_off().into()) }
}

/// The zone of the path.
pub async fn of(call: &Call<OrganisationGrant>) -> Result<Zone, Problem> {
    check_on(call).await?;
    let id: ZoneId = call.id("zoneId", "zone")?;
    Ok(call.app.store().zone(call.organisation.id, id).await?.ok_or_else(|| Refused::missing("zone"))?)
}

/// The zone and the record of the path.
pub async fn with_record(call: &Call<OrganisationGrant>) -> Result<(Zone, Record), Problem> {
    let zone = of(call).await?;
    let id: RecordId = call.id("recordId", "record")?;
    let record = call.app.store().record(zone.organisation_id, zone.id, id).await?.ok_or_else(|| Refused::missing("record"))?;
    Ok((zone, record))
}

/// The data has changed since it was read: the request is decided again.
pub fn anew(problem: Problem) -> Problem {
    match problem {
        Problem::Failed { action: ZONE | RECORD | NAME, .. } => Problem::Collision,
        other => other,
    }
}

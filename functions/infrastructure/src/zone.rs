//! Checks of every route about a zone: DNS is enabled, and the zone belongs to the organisation.

use provost_domain::{
    ApiError, RecordId, ZoneId,
    dns::{Record, Zone, switched_off},
};
use provost_http::{HandlerError, OrganisationGrant, RequestContext};

/// Requires that DNS is enabled.
pub async fn check_on(ctx: &RequestContext<OrganisationGrant>) -> Result<(), HandlerError> {
    if ctx.app.store().settings().await?.dns { Ok(()) } else { Err(switched_off().into()) }
}

/// The zone of the path.
pub async fn of(ctx: &RequestContext<OrganisationGrant>) -> Result<Zone, HandlerError> {
    check_on(ctx).await?;
    let id: ZoneId = ctx.id("zoneId", "zone")?;
    Ok(ctx
        .app
        .store()
        .zone(ctx.organisation.id, id)
        .await?
        .ok_or_else(|| ApiError::missing("zone"))?)
}

/// The zone and the record of the path.
pub async fn with_record(
    ctx: &RequestContext<OrganisationGrant>,
) -> Result<(Zone, Record), HandlerError> {
    let zone = of(ctx).await?;
    let id: RecordId = ctx.id("recordId", "record")?;
    let record = ctx
        .app
        .store()
        .record(zone.organisation_id, zone.id, id)
        .await?
        .ok_or_else(|| ApiError::missing("record"))?;
    Ok((zone, record))
}

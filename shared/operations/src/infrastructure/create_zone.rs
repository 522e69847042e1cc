use provost_domain::{
    OrganisationId, ZoneId,
    dns::{Zone, already_yours, check_unclaimed, too_many_zones},
};
use provost_store::Conflict;

use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Adds a DNS zone to an organisation. It is pending until the organisation has proved control of
/// the domain.
///
/// # Errors
/// `ALREADY_EXISTS` for a zone that the organisation has or that another has verified,
/// `INVALID_ACTION` when the organisation has as many zones as possible.
pub async fn create_zone(
    op: &Op<'_>,
    organisation: OrganisationId,
    name: String,
    by: EventActor,
) -> Result<Change<Zone>, OperationError> {
    let claim = op.app.store().zone_claim(&name).await?;
    if claim
        .as_ref()
        .is_some_and(|claim| claim.organisation_id == organisation && claim.released_at.is_none())
    {
        return Err(already_yours().into());
    }
    check_unclaimed(claim.as_ref())?;
    let zone = Zone::pending(op.app.id(ZoneId::new), organisation, name, op.now);
    // A verified zone that was removed by mistake is verified again: if the domain is delegated
    // here, the challenge is not visible until the zone is published again.
    let is_reserved =
        claim.as_ref().is_some_and(|claim| claim.is_reserved_for(organisation, op.now));
    let zone = if is_reserved { zone.verified(op.now) } else { zone };
    let mut tx = op.transaction();
    tx.create_zone(&zone, claim.as_ref())?;
    OrganisationEvent::of_resource("dns_zone.created", "dns_zone", zone.id)
        .change("name", None, Some(&zone.name))
        .change("status", None, Some(zone.status.as_str()))
        .record(op, &mut tx, &[organisation], by)?;
    Ok(Change::new(tx, zone)
        .refused_on(Conflict::ZoneName, already_yours())
        .refused_on(Conflict::TierZones, too_many_zones())
        .decided_again_on(&[Conflict::ZoneClaim]))
}

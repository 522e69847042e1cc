use provost_domain::dns::{
    Zone, ZoneClaim, ZoneStatus, check_unclaimed, not_proved, verified_by_another,
};
use provost_store::Conflict;

use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Verifies a pending DNS zone by the TXT records that were found at the name of its challenge.
/// `claim` is the claim on the name of the zone.
///
/// # Errors
/// `ALREADY_EXISTS` when another organisation has verified the domain, `INVALID_ACTION` when no
/// record proves control of it.
pub fn verify_zone(
    op: &Op<'_>,
    zone: Zone,
    claim: Option<&ZoneClaim>,
    found: &[Vec<u8>],
    by: EventActor,
) -> Result<Change<Zone>, OperationError> {
    check_unclaimed(claim)?;
    if !zone.is_proved_by(found) {
        return Err(not_proved(&zone.challenge()).into());
    }
    let mut tx = op.transaction();
    tx.verify_zone(&zone, claim, op.now)?;
    OrganisationEvent::of_resource("dns_zone.verified", "dns_zone", zone.id)
        .change("name", Some(&zone.name), Some(&zone.name))
        .change("status", Some(ZoneStatus::Pending.as_str()), Some(ZoneStatus::Verified.as_str()))
        .record(op, &mut tx, &[zone.organisation_id], by)?;
    let version = zone.version + 1;
    let verified = Zone { version, ..zone.verified(op.now) };
    Ok(Change::new(tx, verified)
        .refused_on(Conflict::ZoneClaim, verified_by_another())
        // The zone was removed or verified meanwhile.
        .decided_again_on(&[Conflict::Zone]))
}

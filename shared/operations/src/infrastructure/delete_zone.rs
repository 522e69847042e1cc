use provost_domain::{ApiError, dns::Zone};
use provost_store::Conflict;

use crate::{
    Change, Op, OperationError,
    organisation::{EventActor, OrganisationEvent},
};

/// Deletes a DNS zone. After the change its records can no longer be reached, and the caller clears
/// them ([`clear_zone`](provost_store::Store::clear_zone)).
///
/// # Errors
/// `NOT_FOUND` when it was deleted at the same time.
pub async fn delete_zone(
    op: &Op<'_>,
    zone: &Zone,
    by: EventActor,
) -> Result<Change<()>, OperationError> {
    let claim = op.app.store().zone_claim(&zone.name).await?;
    let mut tx = op.transaction();
    tx.remove_zone(zone, claim.as_ref(), op.now)?;
    OrganisationEvent::of_resource("dns_zone.removed", "dns_zone", zone.id)
        .change("name", Some(&zone.name), None)
        .record(op, &mut tx, &[zone.organisation_id], by)?;
    Ok(Change::new(tx, ())
        .refused_on(Conflict::Zone, ApiError::missing("zone"))
        .decided_again_on(&[Conflict::ZoneClaim]))
}

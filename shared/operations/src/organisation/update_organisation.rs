use provost_domain::{
    infrastructure::check_nodes_returned, organisation::Organisation, user::PortalTier,
};
use provost_store::Conflict;

use super::{EventActor, OrganisationEvent};
use crate::{Change, Op, OperationError};

/// An update of an organisation. Values that are absent stay as they are.
#[derive(Debug, Clone, Default)]
pub struct OrganisationUpdate {
    /// New name.
    pub name: Option<String>,
    /// New handle.
    pub handle: Option<String>,
    /// New portal tier, which only staff can set.
    pub portal_tier: Option<PortalTier>,
}

/// Updates an organisation. Returns no change if it has these values.
/// [`Handle`](Conflict::Handle) means [`handle_taken`](super::handle_taken).
///
/// # Errors
/// `INVALID_ACTION` when the organisation has dedicated nodes that its new tier does not allow.
pub async fn update_organisation(
    op: &Op<'_>,
    before: &Organisation,
    update: OrganisationUpdate,
    by: EventActor,
) -> Result<Option<Change<Organisation>>, OperationError> {
    let after = Organisation {
        name: update.name.unwrap_or_else(|| before.name.clone()),
        handle: update.handle.unwrap_or_else(|| before.handle.clone()),
        portal_tier: update.portal_tier.unwrap_or(before.portal_tier),
        ..before.clone()
    };
    let event = OrganisationEvent::of("organisation.updated", before.id)
        .change("name", Some(&before.name), Some(&after.name))
        .change("handle", Some(&before.handle), Some(&after.handle))
        .change("portalTier", Some(before.portal_tier), Some(after.portal_tier));
    if event.is_unchanged() {
        return Ok(None);
    }
    let mut tx = op.transaction();
    if before.portal_tier == PortalTier::Enterprise && after.portal_tier != PortalTier::Enterprise {
        check_nodes_returned(op.app.store().counters(before.id).await?.nodes)?;
        tx.check_no_nodes(before.id)?;
    }
    tx.save_organisation(&after)?;
    if before.handle != after.handle {
        tx.move_handle(after.id, &before.handle, &after.handle, op.now)?;
    }
    // Only staff can set a tier, so the actor acts as staff, regardless of their role in the
    // organisation.
    let as_staff = by.as_staff || before.portal_tier != after.portal_tier;
    event.record(op, &mut tx, &[before.id], EventActor { as_staff, ..by })?;
    let after = Organisation { version: before.version + 1, ..after };
    // A node was assigned since they were counted.
    Ok(Some(Change::new(tx, after).decided_again_on(&[Conflict::OrganisationNodes])))
}

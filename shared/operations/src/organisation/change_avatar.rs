use provost_domain::organisation::Organisation;

use super::{EventActor, OrganisationEvent};
use crate::{Change, Op, OperationError};

/// Changes the avatar of an organisation to a stored object. Returns the storage key of the
/// previous avatar, which is not in use any more after the change.
///
/// # Errors
/// The store failed.
pub fn change_avatar(
    op: &Op<'_>,
    organisation: &Organisation,
    key: String,
    by: EventActor,
) -> Result<Change<Option<String>>, OperationError> {
    let mut after = organisation.clone();
    let before = after.avatar_key.replace(key);
    let mut tx = op.transaction();
    tx.save_organisation(&after)?;
    OrganisationEvent::of("organisation.avatar_changed", after.id).record(
        op,
        &mut tx,
        &[after.id],
        by,
    )?;
    Ok(Change::new(tx, before))
}

use provost_domain::{
    OrganisationId, User,
    audit::{Resource, note_change},
};

use crate::{Change, Op, OperationError};

/// Selects the organisation that a user works in. Returns no change if it is selected.
///
/// # Errors
/// The store failed.
pub async fn select_organisation(
    op: &Op<'_>,
    user: &User,
    organisation: OrganisationId,
) -> Result<Option<Change<OrganisationId>>, OperationError> {
    let mut profile = op.app.store().profile(user.user_id).await?;
    let before = profile.active_organisation.replace(organisation);
    if before == Some(organisation) {
        return Ok(None);
    }
    let mut entry = op.entry("user.organisation_selected", Resource::User(user.subject()));
    note_change(&mut entry.changes, "activeOrganisation", &before, &Some(organisation));
    let mut tx = op.transaction();
    tx.save_user(user)?;
    tx.save_profile(user.user_id, &profile)?;
    tx.check_member(organisation, user.user_id)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, organisation)))
}

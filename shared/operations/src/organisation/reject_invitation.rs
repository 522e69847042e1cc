use provost_domain::{
    User,
    organisation_invite::{Invite, InviteStatus},
};

use super::{EventActor, OrganisationEvent};
use crate::{Change, Op, OperationError};

/// Rejects an invitation, by the user who has the invited address.
///
/// # Errors
/// `LINK_EXPIRED`, `LINK_REVOKED`, `INVALID_ACTION` when it was answered.
pub fn reject_invitation(
    op: &Op<'_>,
    user: &User,
    invite: Invite,
) -> Result<Change<Invite>, OperationError> {
    let invite = invite.end(InviteStatus::Rejected, op.now)?;
    let mut tx = op.transaction();
    tx.check_user(user)?;
    tx.save_invite(&invite)?;
    tx.check_organisation(invite.organisation_id)?;
    // The organisation keeps no data about a user who did not join: the entry names the invitation,
    // and its actor by pseudonym.
    OrganisationEvent::of("organisation.invite_rejected", invite.organisation_id)
        .invite(invite.id)
        .record(op, &mut tx, &[invite.organisation_id], EventActor::member(user))?;
    Ok(Change::new(tx, invite))
}

use provost_domain::organisation_invite::{Invite, InviteStatus, Inviter};

use super::OrganisationEvent;
use crate::{Change, Op, OperationError};

/// Revokes an open invitation.
///
/// # Errors
/// `PERMISSION_DENIED` for an offer of ownership that is not the inviter's to manage;
/// `LINK_EXPIRED`, `LINK_REVOKED`, `INVALID_ACTION` when it was answered.
pub fn revoke_invitation(
    op: &Op<'_>,
    inviter: &Inviter<'_>,
    invite: Invite,
) -> Result<Change<Invite>, OperationError> {
    inviter.check_may_manage(&invite)?;
    let invite = invite.end(InviteStatus::Revoked, op.now)?;
    let mut tx = op.transaction();
    tx.save_invite(&invite)?;
    OrganisationEvent::of("organisation.invite_revoked", invite.organisation_id)
        .invite(invite.id)
        .record(op, &mut tx, &[invite.organisation_id], inviter.into())?;
    Ok(Change::new(tx, invite))
}

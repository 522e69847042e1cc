use provost_domain::{
    ApiError,
    organisation_invite::{Invite, Inviter},
};

use super::{
    OrganisationEvent,
    invitee::{self, invitee},
};
use crate::{Change, Op, OperationError};

/// Resends an open invitation. It is valid for another week.
///
/// # Errors
/// `PERMISSION_DENIED` without a confirmed address, and for an offer of ownership that is not the
/// inviter's to manage; `RATE_LIMITED` within a minute of the last email; `LINK_EXPIRED`,
/// `LINK_REVOKED`, `INVALID_ACTION` when it was answered.
pub async fn resend_invitation(
    op: &Op<'_>,
    inviter: &Inviter<'_>,
    invite: Invite,
) -> Result<Change<Invite>, OperationError> {
    inviter.check_confirmed()?;
    inviter.check_may_manage(&invite)?;
    let invite = invite.resend(op.now)?;
    let email = invite.email.as_ref().ok_or_else(|| ApiError::missing("invitation"))?;
    let account = invitee(op, email).await?.account;
    let mut tx = op.transaction();
    tx.save_invite(&invite)?;
    invitee::send(op, &mut tx, &invite, account.as_ref())?;
    OrganisationEvent::of("organisation.invite_resent", invite.organisation_id)
        .invite(invite.id)
        .record(op, &mut tx, &[invite.organisation_id], inviter.into())?;
    Ok(Change::new(tx, invite))
}

use provost_domain::{
    ApiError, Code, Email,
    notification::NotificationKind,
    organisation::{MemberRole, Organisation, already_member},
    organisation_invite::{Invite, Inviter},
};

use super::{
    OrganisationEvent,
    invitee::{self, Invitee, invitee},
    notices::notice,
};
use crate::{Change, Op, OperationError};

/// A new invitation.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Email address to invite.
    pub email: Email,
    /// Role after joining.
    pub role: MemberRole,
}

/// Invites an address to an organisation by email. A user who has the address is also notified.
///
/// # Errors
/// `PERMISSION_DENIED` without a confirmed address, or for an admin that the owner does not invite;
/// `CANNOT_MODIFY_SELF` for staff; `ALREADY_EXISTS` for a member or an address with an open
/// invitation.
pub async fn invite(
    op: &Op<'_>,
    inviter: &Inviter<'_>,
    organisation: &Organisation,
    new: NewInvitation,
) -> Result<Change<Invite>, OperationError> {
    let (store, NewInvitation { email, role }) = (op.app.store(), new);
    inviter.check_may_invite(&email, role)?;
    let Invitee { account, user } = invitee(op, &email).await?;
    if store.organisation_and_member(organisation.id, user).await?.1.is_some() {
        return Err(already_member().into());
    }
    let earlier = store.invite_sign(organisation.id, &email).await?;
    if earlier.as_ref().is_some_and(|sign| sign.is_open(op.now)) {
        return Err(ApiError::new(
            Code::AlreadyExists,
            "This address already has an open invitation. Resend that invitation, or revoke it first.",
        )
        .with("field", "email")
        .into());
    }

    let invite = invitee::pending(op, organisation, email, role, None, inviter.into());
    let mut tx = op.transaction();
    tx.create_invite(&invite, earlier.as_ref())?;
    tx.check_organisation(organisation.id)?;
    let text = format!(
        "You have been invited to join {} ({}) as {}.",
        organisation.name,
        organisation.handle,
        role.as_str()
    );
    let title = "Invitation to an organisation";
    let notice = notice(op, organisation, NotificationKind::Invite, title, text);
    match &account {
        Some(user) => {
            tx.check_user(user)?;
            tx.notify(user.user_id, &notice)?;
        }
        None => tx.notify_nobody(user, &notice)?,
    }
    invitee::send(op, &mut tx, &invite, account.as_ref())?;
    OrganisationEvent::of("organisation.invite_sent", organisation.id)
        .invite(invite.id)
        .change("role", None, Some(role))
        .record(op, &mut tx, &[organisation.id], inviter.into())?;
    Ok(Change::new(tx, invite))
}

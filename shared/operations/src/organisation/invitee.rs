use provost_domain::{
    Email, InviteId, MessageId, Status, User, UserId,
    mail::Template,
    message::{About, Message},
    organisation::{MemberRole, Organisation},
    organisation_invite::{INVITE_LIFE, Invite, InviteStatus, OwnershipOffer},
};
use provost_store::{StoreError, Transaction, organisation_invites::address_key};

use super::EventActor;
use crate::Op;

/// The invited user. An address without an account costs the same requests as one with an account,
/// so that neither the time nor the answer reveals whether it has one.
pub(super) struct Invitee {
    /// Account of the address. An account with an unconfirmed address is ignored, since the address
    /// may belong to someone else.
    pub(super) account: Option<User>,
    /// User id of the account, or a new id that belongs to no user.
    pub(super) user: UserId,
}

/// Looks up the account of the invited address.
pub(super) async fn invitee(op: &Op<'_>, email: &Email) -> Result<Invitee, StoreError> {
    let (store, nobody) = (op.app.store(), op.app.id(UserId::new));
    let owner = store.owner_of_email(email).await?.unwrap_or(nobody);
    let account = store.user(owner).await?.filter(|user| {
        user.email == *email && user.email_verified && user.status != Status::Deleted
    });
    let user = account.as_ref().map_or(nobody, |user| user.user_id);
    Ok(Invitee { account, user })
}

/// A new invitation.
pub(super) fn pending(
    op: &Op<'_>,
    organisation: &Organisation,
    email: Email,
    role: MemberRole,
    ownership: Option<OwnershipOffer>,
    by: EventActor,
) -> Invite {
    Invite {
        id: op.app.id(InviteId::new),
        organisation_id: organisation.id,
        address_key: address_key(&email),
        email: Some(email),
        role,
        ownership,
        status: InviteStatus::Pending,
        invited_by: by.pseudonym,
        created_at: op.now,
        sent_at: op.now,
        expires_at: op.now.plus(INVITE_LIFE),
        version: 1,
    }
}

/// Sends the email of an invitation: to the account that has the address, or else to the address
/// itself.
pub(super) fn send(
    op: &Op<'_>,
    tx: &mut Transaction,
    invite: &Invite,
    account: Option<&User>,
) -> Result<(), StoreError> {
    let organisation = invite.organisation_id;
    match account {
        Some(user) => {
            let about = About::Invite { organisation, invite: invite.id };
            op.mail(tx, user.user_id, Template::Invitation, Some(about))
        }
        None => {
            let id = op.app.id(MessageId::new);
            op.app.send(tx, Message::Invitation { id, organisation, invite: invite.id })
        }
    }
}

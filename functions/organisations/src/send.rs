//! Sends the letter of an invitation: to the account that has the address, so that it stands among that person's mail, or else to the bare address.

use provost_domain::{
    Code, Email, MessageId, Principal, Refused, Status, UserId,
    mail::Template,
    message::{About, Message},
    organisation_invite::{INVITES, Invite},
};
use provost_http::{Answer, Call, OrganisationGrant, Who};
use provost_store::Transaction;

/// Who is invited. An address without an account goes through the same as one that has one, with the same requests at the same cost, so that nobody learns by the time or the answer which
/// it is.
pub(crate) struct Invited {
    /// The account of the address. One that has not confirmed it counts as none: it may belong to somebody else.
    pub account: Option<Principal>,
    /// Its id, or one that nobody has.
    pub user: UserId,
}

/// Looks up whose the invited address is.
pub(crate) async fn invited(call: &Call<OrganisationGrant>, email: &Email) -> Answer<Invited> {
    let (store, nobody) = (call.app.store(), call.app.id(UserId::new));
    let owner = store.owner_of_email(email).await?.unwrap_or(nobody);
    let account = store.principal(owner).await?;
    let account = account.filter(|person| person.email == *email && person.email_verified && person.status != Status::Deleted);
    let user = account.as_ref().map_or(nobody, |person| person.user_id);
    Ok(Invited { account, user })
}

/// Demands that the sender's own address is confirmed, since it is their word that letters to strangers rest on.
///
/// # Errors
/// `PERMISSION_DENIED`.
pub(crate) fn check_sender(call: &Call<OrganisationGrant>) -> Result<(), Refused> {
    if call.caller.principal.email_verified {
        return Ok(());
    }
    Err(Refused::new(
        Code::PermissionDenied,
        "Confirm your own e-mail address first, with the link in the mail; then you can invite others.",
    ))
}

/// Counts one letter more of the sender's, in whatever organisation.
///
/// # Errors
/// `RATE_LIMITED`.
pub(crate) async fn count(call: &Call<OrganisationGrant>) -> Answer<()> {
    call.count_once(INVITES, Who::Account(call.caller.principal.user_id)).await
}

/// Sends it with the change.
pub(crate) fn letter(call: &Call<OrganisationGrant>, tx: &mut Transaction, invite: &Invite, account: Option<&Principal>) -> Answer<()> {
    let (id, organisation) = (call.app.id(MessageId::new), invite.organisation_id);
    let message = match account {
        Some(person) => Message::Mail {
            id,
            user: person.user_id,
            template: Template::Invitation,
            about: Some(About::Invite { organisation, invite: invite.id }),
        },
        None => Message::Invitation { id, organisation, invite: invite.id },
    };
    Ok(call.app.send(tx, message)?)
}

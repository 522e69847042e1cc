//! Sends the letter of an invitation: to the account that has the address, so that it stands among that person's mail, or else to the bare address.

use provost_domain::{
    Code, Email, MessageId, Principal, Refused, Status,
    mail::Template,
    message::{About, Message},
    organisation_invite::{INVITES, Invite},
};
use provost_http::{Answer, Call, OrganisationGrant};
use provost_store::Transaction;

/// The account of an invited address. One that has not confirmed the address counts as none: it may belong to somebody else.
pub(crate) async fn account(call: &Call<OrganisationGrant>, email: &Email) -> Answer<Option<Principal>> {
    let store = call.app.store();
    let Some(user) = store.owner_of_email(email).await? else { return Ok(None) };
    Ok(store.principal(user).await?.filter(|person| person.email == *email && person.email_verified && person.status != Status::Deleted))
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
    Ok(call.app.store().attempt(INVITES, &call.caller.principal.user_id.to_string(), call.now()).await??)
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

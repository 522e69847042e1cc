//! Sends the email of an invitation: to the account that has the address, or else to the address
//! itself.

use provost_domain::{
    ApiError, Code, Email, MessageId, Principal, Status, UserId,
    mail::Template,
    message::{About, Message},
    organisation_invite::{INVITES, Invite},
};
use provost_http::{HandlerResult, OrganisationGrant, RequestContext, Who};
use provost_store::Transaction;

/// The invited user. An address without an account costs the same requests as one with an account,
/// so that neither the time nor the answer reveals whether it has one.
pub(crate) struct Invited {
    /// Account of the address. An account with an unconfirmed address is ignored, since the address
    /// may belong to someone else.
    pub account: Option<Principal>,
    /// User id of the account, or a new id that belongs to no user.
    pub user: UserId,
}

/// Looks up the account of the invited address.
pub(crate) async fn invited(
    ctx: &RequestContext<OrganisationGrant>,
    email: &Email,
) -> HandlerResult<Invited> {
    let (store, nobody) = (ctx.app.store(), ctx.app.id(UserId::new));
    let owner = store.owner_of_email(email).await?.unwrap_or(nobody);
    let account = store.principal(owner).await?;
    let account = account.filter(|person| {
        person.email == *email && person.email_verified && person.status != Status::Deleted
    });
    let user = account.as_ref().map_or(nobody, |person| person.user_id);
    Ok(Invited { account, user })
}

/// Requires that the sender's own address is confirmed, since the email goes out in the sender's
/// name.
///
/// # Errors
/// `PERMISSION_DENIED`.
pub(crate) fn check_sender(ctx: &RequestContext<OrganisationGrant>) -> Result<(), ApiError> {
    if ctx.caller.principal.email_verified {
        return Ok(());
    }
    Err(ApiError::new(
        Code::PermissionDenied,
        "Your email address is not confirmed. Confirm it with the link in the email before you invite others.",
    ))
}

/// Counts an invitation email of the sender, across all organisations.
///
/// # Errors
/// `RATE_LIMITED`.
pub(crate) async fn count(ctx: &RequestContext<OrganisationGrant>) -> HandlerResult<()> {
    ctx.count_once(INVITES, Who::Account(ctx.caller.principal.user_id)).await
}

/// Sends the email with the change.
pub(crate) fn letter(
    ctx: &RequestContext<OrganisationGrant>,
    tx: &mut Transaction,
    invite: &Invite,
    account: Option<&Principal>,
) -> HandlerResult<()> {
    let (id, organisation) = (ctx.app.id(MessageId::new), invite.organisation_id);
    let message = match account {
        Some(person) => Message::Mail {
            id,
            user: person.user_id,
            template: Template::Invitation,
            about: Some(About::Invite { organisation, invite: invite.id }),
        },
        None => Message::Invitation { id, organisation, invite: invite.id },
    };
    Ok(ctx.app.send(tx, message)?)
}

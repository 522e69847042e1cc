//! Invitations to people without an account, the only emails that are sent to an address without a
//! user. The mail log lists them, and they are removed when the invitation is.

use provost_app::App;
use provost_domain::{
    InviteId, MessageId, OrganisationId,
    mail::{Template, content::Language},
    organisation::Organisation,
};
use provost_jobs::Outcome;
use provost_operations::mail::Design;
use provost_store::{StoreError, mails::Reader};

use crate::{
    delivery::{EmailToSend, send},
    email::invitation_values,
};

/// Writes and sends the invitation: at least once, normally once.
pub async fn write_and_send(
    app: &App,
    id: MessageId,
    organisation: OrganisationId,
    invite: InviteId,
) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let place = store.organisation(organisation).await?.filter(Organisation::is_active);
    let (Some(found), Some(place)) = (store.invite(organisation, invite).await?, place) else {
        return Ok(Outcome::AlreadyDone);
    };
    let Some(to) = found.email.as_ref().filter(|_| found.check_open(now).is_ok()) else {
        return Ok(Outcome::AlreadyDone);
    };
    let design = Design::of(store, Template::Invitation, Language::English).await?;
    let mut values = invitation_values(&found, &place, design.language);
    values.insert("firstName", None);
    let email = EmailToSend { to: to.as_str(), id, design: &design, values, reply_to: None };
    send(app, Reader::Invited(&found), email).await
}

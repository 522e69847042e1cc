//! The one letter that goes to someone without an account: an invitation, which knows the address. The letter stands in the mail log as every other does, and goes when the
//! invitation is forgotten.

use provost_app::App;
use provost_domain::{InviteId, MessageId, OrganisationId, mail::Template, organisation::Organisation};
use provost_jobs::Outcome;
use provost_store::{StoreError, mails::Reader};

use crate::{letter::invitation_text, run::send};

/// Writes and sends it: at least once, normally once.
pub async fn write_and_send(app: &App, id: MessageId, organisation: OrganisationId, invite: InviteId) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let place = store.organisation(organisation).await?.filter(Organisation::is_there);
    let (Some(found), Some(place)) = (store.invite(organisation, invite).await?, place) else { return Ok(Outcome::AlreadyDone) };
    let Some(to) = found.email.as_ref().filter(|_| found.check_open(now).is_ok()) else { return Ok(Outcome::AlreadyDone) };
    let text = format!("Hello,\n\n{}\n\nProvost, {}\n", invitation_text(app, &found, &place), app.public_url());
    send(app, Reader::Invited(&found), to.as_str(), id, Template::Invitation, text).await
}

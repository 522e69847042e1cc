//! The one letter that goes to someone without an account: an invitation. What becomes of it is noted on the invitation, which knows the address and forgets it when it ends.

use provost_app::{App, NotSent};
use provost_domain::{
    InviteId, MessageId, OrganisationId,
    mail::{MailStatus, Template},
};
use provost_jobs::Outcome;
use provost_store::StoreError;
use tracing::warn;

use crate::{letter::invitation_text, run::HELD};

/// Writes and sends it: at least once, normally once.
pub async fn write_and_send(app: &App, id: MessageId, organisation: OrganisationId, invite: InviteId) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let (Some(found), Some(place)) = (store.invite(organisation, invite).await?, store.organisation(organisation).await?) else {
        return Ok(Outcome::AlreadyDone);
    };
    let Some(to) = found.email.as_ref().filter(|_| found.check_open(now).is_ok()) else { return Ok(Outcome::AlreadyDone) };
    if !store.claim_invite_letter(organisation, invite, id, now, now.plus(HELD)).await? {
        return Ok(Outcome::AlreadyDone);
    }
    let text = format!("Hello,\n\n{}\n\nProvost, {}\n", invitation_text(app, &found, &place), app.public_url());
    let (status, outcome) = match app.mailer().send(to.as_str(), Template::Invitation.subject(), &text).await {
        Ok(_) => (MailStatus::Sent, Outcome::Done),
        Err(NotSent::Refused(why)) => {
            warn!(message.id = %id, why, "the transport refused mail {id} for good");
            (MailStatus::Failed, Outcome::Done)
        }
        Err(NotSent::Later) => (MailStatus::Queued, Outcome::Retry("the transport is busy".to_owned())),
    };
    store.note_invite_letter(organisation, invite, id, status, app.now()).await?;
    Ok(outcome)
}

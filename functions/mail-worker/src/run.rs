//! Processes one message: find the recipient, write the email, store it, send it, record the
//! result; or record what the transport reports about an email.

use provost_app::{App, SendError, mailer::Outgoing};
use provost_domain::{
    MessageId, Timestamp, UserId,
    mail::{Mail, Template},
    message::{About, Message, NO_USER},
    time::MINUTE,
};
use provost_jobs::Outcome;
use provost_store::{
    StoreError,
    mails::{Claimed, Reader},
    organisation_invites::address_digest,
    suppressions::Noted,
};
use tracing::{error, info, warn};

use crate::{
    external_invitee,
    letter::{self, NoEmail},
};

/// Duration of a claim: at least the timeout of the function, so a run cannot outlive its claim.
const HELD: i64 = MINUTE;

/// The value that the metric filter of `infra/alarms.yaml` looks for.
const MAIL_NOT_ACCEPTED: &str = "mail_not_accepted";

/// Processes one message.
pub async fn run(app: App, message: Message) -> Outcome {
    let done = match message {
        Message::Mail { id, user, template, about } => {
            write_and_send(&app, id, user, template, about.as_ref()).await
        }
        Message::Invitation { id, organisation, invite } => {
            external_invitee::write_and_send(&app, id, organisation, invite).await
        }
        Message::MailFeedback { id, user, address, event, bounce } => {
            let noted =
                app.store().note_feedback(id, user, &address, event, bounce, app.now()).await;
            noted.map(|noted| {
                info!(message.id = %id, ?event, ?bounce, ?noted, "feedback about mail {id} is noted");
                if noted == Noted::Before { Outcome::AlreadyDone } else { Outcome::Done }
            })
        }
        _ => return Outcome::GiveUp("this queue carries mail only".to_owned()),
    };
    match done {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn write_and_send(
    app: &App,
    id: MessageId,
    user: UserId,
    template: Template,
    about: Option<&About>,
) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let Some(reader) = store.principal(user).await? else { return Ok(Outcome::AlreadyDone) };
    let body = match letter::write(app, &reader, template, about, now).await {
        Ok(body) => body,
        Err(NoEmail::Outdated) => return Ok(Outcome::AlreadyDone),
        Err(NoEmail::Unreachable(error)) => return Err(error),
    };
    let to = match template {
        // Sent to the previous address, which the change stored with the email.
        Template::AddressChanged => match store.queued_mail(user, id).await? {
            Some(written) => written.to,
            None => return Ok(Outcome::AlreadyDone),
        },
        _ => reader.email.as_str().to_owned(),
    };
    send(app, Reader::Person(user), &to, id, template, body).await
}

/// Stores an email and sends it.
pub async fn send(
    app: &App,
    reader: Reader<'_>,
    to: &str,
    id: MessageId,
    template: Template,
    body: String,
) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let mail = Mail {
        body: app.mailer().captures().then(|| body.clone()),
        ..Mail::queued(id, to, template, now)
    };
    // Stored first: an email that is not in the log is never sent. Sent before that is recorded: an
    // email may be sent twice, and is never lost.
    match store.claim_mail(reader, &mail, now, now.plus(HELD)).await? {
        Claimed::Yes => {}
        Claimed::ByAnother => {
            return Ok(Outcome::Retry("another run is sending this letter".to_owned()));
        }
        Claimed::Ended | Claimed::ReaderGone => return Ok(Outcome::AlreadyDone),
        Claimed::Suppressed => {
            return store.fail_suppressed(reader, &mail, now).await.map(|()| Outcome::Done);
        }
    }
    // Events about the email contain these tags, so that it is found without its address.
    let user = match reader {
        Reader::Person(user) => user.to_string(),
        Reader::Invited(_) => NO_USER.to_owned(),
    };
    let tags = [("message", id.to_string()), ("user", user), ("address", address_digest(to))];
    match app
        .mailer()
        .send(Outgoing { to, subject: template.subject(), text: &body, tags: &tags })
        .await
    {
        Ok(transport) => store
            .mail_sent(reader, id, transport.as_deref(), app.now())
            .await
            .map(|()| Outcome::Done),
        Err(SendError::Refused(why)) => {
            // The alarm MailNotAccepted counts these lines by `alarm`.
            error!(alarm = MAIL_NOT_ACCEPTED, message.id = %id, why, "the transport refused mail {id} for good");
            store.mail_failed(reader, id, &why).await.map(|()| Outcome::Done)
        }
        Err(SendError::Paused(why)) => {
            error!(alarm = MAIL_NOT_ACCEPTED, message.id = %id, why, "the transport accepts no mail; mail {id} waits");
            release(app, reader, id, app.now()).await;
            Ok(Outcome::Retry(format!("the transport accepts no mail: {why}")))
        }
        Err(SendError::Later) => {
            release(app, reader, id, app.now()).await;
            Ok(Outcome::Retry("the transport is busy".to_owned()))
        }
    }
}

/// Releases the claim, since nothing was sent, so that the next run need not wait. If this fails,
/// the next run waits a minute.
async fn release(app: &App, reader: Reader<'_>, id: MessageId, now: Timestamp) {
    if let Err(error) = app.store().release_mail(reader, id, now).await {
        warn!(message.id = %id, cause = %error, "mail {id} could not be given back");
    }
}

//! One message: look who is written to, write the letter, write it down, send it, note what became of it.

use provost_app::{App, NotSent};
use provost_domain::{
    MessageId, Timestamp, UserId,
    mail::{Mail, Template},
    message::{About, Message},
    time::MINUTE,
};
use provost_jobs::Outcome;
use provost_store::{
    StoreError,
    mails::{Claimed, Reader},
};
use tracing::warn;

use crate::{
    letter::{self, NoLetter},
    stranger,
};

/// A run that has not ended by now never will: it is longer than the function may take.
const HELD: i64 = MINUTE;

/// Works on one message.
pub async fn run(app: App, message: Message) -> Outcome {
    let done = match message {
        Message::Mail { id, user, template, about } => write_and_send(&app, id, user, template, about.as_ref()).await,
        Message::Invitation { id, organisation, invite } => stranger::write_and_send(&app, id, organisation, invite).await,
        _ => return Outcome::GiveUp("this queue carries mail only".to_owned()),
    };
    match done {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(error),
    }
}

async fn write_and_send(app: &App, id: MessageId, user: UserId, template: Template, about: Option<&About>) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let Some(reader) = store.principal(user).await? else { return Ok(Outcome::AlreadyDone) };
    let body = match letter::write(app, &reader, template, about, now).await {
        Ok(body) => body,
        Err(NoLetter::Outdated) => return Ok(Outcome::AlreadyDone),
        Err(NoLetter::Unreachable(error)) => return Err(error),
    };
    let to = match template {
        // It goes to the address before, which the change wrote down with it.
        Template::AddressChanged => match store.queued_mail(user, id).await? {
            Some(written) => written.to,
            None => return Ok(Outcome::AlreadyDone),
        },
        _ => reader.email.as_str().to_owned(),
    };
    send(app, Reader::Person(user), &to, id, template, body).await
}

/// Writes a letter down and sends it.
pub async fn send(app: &App, reader: Reader<'_>, to: &str, id: MessageId, template: Template, body: String) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let mail = Mail { body: app.mailer().captures().then(|| body.clone()), ..Mail::queued(id, to, template, now) };
    // Written down first: a letter that is not in the log is never sent. Sent before that is noted: a letter may come twice, and is never lost.
    match store.claim_mail(reader, &mail, now, now.plus(HELD)).await? {
        Claimed::Yes => {}
        Claimed::ByAnother => return Ok(Outcome::Retry("another run is sending this letter".to_owned())),
        Claimed::Ended | Claimed::ReaderGone => return Ok(Outcome::AlreadyDone),
    }
    match app.mailer().send(to, template.subject(), &body).await {
        Ok(transport) => store.mail_sent(reader, id, transport.as_deref(), app.now()).await.map(|()| Outcome::Done),
        Err(NotSent::Refused(why)) => {
            warn!(message.id = %id, why, "the transport refused mail {id} for good");
            store.mail_failed(reader, id, &why).await.map(|()| Outcome::Done)
        }
        Err(NotSent::Later) => {
            release(app, reader, id, app.now()).await;
            Ok(Outcome::Retry("the transport is busy".to_owned()))
        }
    }
}

/// Nothing was sent, so the next run need not wait. When this cannot be noted, it waits a minute.
async fn release(app: &App, reader: Reader<'_>, id: MessageId, now: Timestamp) {
    if let Err(error) = app.store().release_mail(reader, id, now).await {
        warn!(message.id = %id, cause = %error, "mail {id} could not be given back");
    }
}

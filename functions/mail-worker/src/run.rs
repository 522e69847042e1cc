//! Processes one message: find the recipient, write the email and send it; or record what the
//! transport reports about an email.

use provost_app::App;
use provost_domain::{
    MessageId, Pseudonym, UserId,
    mail::Template,
    message::{About, Message},
};
use provost_jobs::Outcome;
use provost_operations::mail::{Design, language_of};
use provost_store::{StoreError, mails::Reader, suppressions::Noted};
use tracing::info;

use crate::{
    delivery::{EmailToSend, send},
    email::{self, NoEmail, Request},
    external_invitee,
};

/// Processes one message.
pub async fn run(app: App, message: Message) -> Outcome {
    let done = match message {
        Message::Mail { id, user, template, about } => {
            write_and_send(&app, id, user, template, about.as_ref()).await
        }
        Message::Invitation { id, organisation, invite } => {
            external_invitee::write_and_send(&app, id, organisation, invite).await
        }
        Message::MailFeedback { event, .. } if !event.is_known() => return later_release(),
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
    let Some((reader, profile)) = store.user_and_profile(user).await? else {
        return Ok(Outcome::AlreadyDone);
    };
    let language = language_of(&profile);
    let request = Request { app, reader: &reader, about, language, now };
    let values = match email::values(&request, template).await {
        Ok(values) => values,
        Err(NoEmail::Outdated) => return Ok(Outcome::AlreadyDone),
        Err(NoEmail::LaterRelease) => return Ok(later_release()),
        Err(NoEmail::Unreachable(error)) => return Err(error),
    };
    let mut design = Design::of(store, template, language).await?;
    let mut reply_to = None;
    if template == Template::Message {
        let Some(About::Written(content)) = about else { return Ok(Outcome::AlreadyDone) };
        let Some(written) = store.mail_content(*content).await? else {
            return Ok(Outcome::AlreadyDone);
        };
        design.content = Some(written.content);
        reply_to = match written.replies_to {
            Some(writer) => address_of(app, writer).await?,
            None => None,
        };
    }
    let to = match template {
        // Sent to the previous address, which the change stored with the email.
        Template::AddressChanged => match store.queued_mail(user, id).await? {
            Some(written) => written.to,
            None => return Ok(Outcome::AlreadyDone),
        },
        _ => reader.email.as_str().to_owned(),
    };
    let reply_to = reply_to.as_deref();
    let email = EmailToSend { to: &to, id, design: &design, values, reply_to };
    send(app, Reader::Person(user), email).await
}

/// The current address of a member of staff.
async fn address_of(app: &App, who: Pseudonym) -> Result<Option<String>, StoreError> {
    let Some(subject) = app.store().subjects([who]).await?.remove(&who) else { return Ok(None) };
    let user = app.store().user(subject.user_id).await?;
    Ok(user.map(|user| user.email.to_string()))
}

/// The message is delivered again, to the release that can process it.
fn later_release() -> Outcome {
    Outcome::Retry("only a later release can process this message".to_owned())
}

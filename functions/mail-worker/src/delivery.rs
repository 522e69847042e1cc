//! Delivers one email: store it, send it, record the result.

use provost_app::{App, SendError, mailer::Outgoing};
use provost_domain::{
    MessageId, NotificationId, Timestamp,
    mail::Mail,
    message::NO_USER,
    notification::{Notification, NotificationKind},
    time::MINUTE,
};
use provost_jobs::Outcome;
use provost_mail::Values;
use provost_operations::mail::Design;
use provost_store::{
    StoreError,
    mails::{Claimed, Reader},
    organisation_invites::address_digest,
};
use provost_telemetry::metrics::Metric;
use tracing::{error, warn};

/// Duration of a claim: at least the timeout of the function, so a run cannot outlive its claim.
const HELD: i64 = MINUTE;

/// An email to send.
pub struct EmailToSend<'a> {
    /// The address.
    pub to: &'a str,
    /// Id of the message that caused it.
    pub id: MessageId,
    /// What it is written with.
    pub design: &'a Design,
    /// The values of its variables.
    pub values: Values,
    /// Address for replies, if they do not go to the platform.
    pub reply_to: Option<&'a str>,
}

/// Stores an email and sends it.
pub async fn send(
    app: &App,
    reader: Reader<'_>,
    email: EmailToSend<'_>,
) -> Result<Outcome, StoreError> {
    let (store, now) = (app.store(), app.now());
    let EmailToSend { to, id, design, values, reply_to } = email;
    let content = match design.render(values, app.public_url(), None) {
        Ok(content) => content,
        Err(error) => return Ok(Outcome::GiveUp(format!("the email cannot be written: {error}"))),
    };
    let mail = Mail {
        body: app.mailer().captures().then(|| content.text.clone()),
        subject: content.subject.clone(),
        request_id: Some(app.request_id()),
        ..Mail::queued(id, to, design.template, now)
    };
    // Stored first: an email that is not in the log is never sent. Sent before that is recorded: an
    // email may be sent twice, and is never lost.
    match store.claim_mail(reader, &mail, now, now.plus(HELD)).await? {
        Claimed::Yes => {}
        Claimed::ByAnother => {
            return Ok(Outcome::Retry("another run is sending this email".to_owned()));
        }
        Claimed::Ended | Claimed::ReaderGone => return Ok(Outcome::AlreadyDone),
        Claimed::Suppressed => {
            let title = format!("Email not delivered: {}", content.subject);
            let notice = Notification::new(
                app.id(NotificationId::new),
                NotificationKind::Account,
                title,
                "We could not send you this email, because earlier emails to your address came back. Check the email address of your account.",
                now,
            );
            return store
                .fail_suppressed(reader, &mail, Some(&notice), now)
                .await
                .map(|()| Outcome::Done);
        }
    }
    // Events about the email contain these tags, so that it is found without its address.
    let user = match reader {
        Reader::Person(user) => user.to_string(),
        Reader::Invited(_) => NO_USER.to_owned(),
    };
    let tags = [("message", id.to_string()), ("user", user), ("address", address_digest(to))];
    let email = Outgoing {
        to,
        id: &id.to_string(),
        date: now,
        content: &content,
        brand: &design.brand.name,
        reply_to,
        unsubscribe: None,
        tags: &tags,
    };
    match app.mailer().send(email).await {
        Ok(transport) => store
            .mail_sent(reader, id, transport.as_deref(), app.now())
            .await
            .map(|()| Outcome::Done),
        Err(SendError::Refused(why)) => {
            Metric::MailNotAccepted.count(app.now().millis());
            error!(message.id = %id, why, "the transport refused mail {id} for good");
            store.mail_failed(reader, id, &why, app.now()).await.map(|()| Outcome::Done)
        }
        Err(SendError::Paused(why)) => {
            Metric::MailNotAccepted.count(app.now().millis());
            error!(message.id = %id, why, "the transport accepts no mail; mail {id} waits");
            release(app, reader, id, app.now()).await;
            Ok(Outcome::Retry(format!("the transport accepts no mail: {why}")))
        }
        // At least once: it is sent again even if it may have been accepted.
        Err(SendError::Later | SendError::NoAnswer) => {
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

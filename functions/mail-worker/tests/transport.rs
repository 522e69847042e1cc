//! With a real transport: what is sent, what is stored, and what happens to an email that is
//! rejected or delayed. A fake server responds as SES does.

#[path = "transport/ses.rs"]
mod ses;

use base64::{Engine, engine::general_purpose::STANDARD};
use provost_app::mailer::Outgoing;
use provost_domain::{
    BuiltInRole, MessageId, UserId,
    mail::{Mail, Template},
    message::Message,
    time::MINUTE,
};
use provost_mail::Rendered;
use provost_store::{
    mails::{Claimed, Reader},
    organisation_invites::address_digest,
};
use provost_testkit::World;
use serde_json::{Value, json};

use ses::{Ses, deliver, deliver_message, world};

impl Ses {
    fn sent(&self) -> Vec<Value> {
        self.sent.lock().expect("nobody panics").clone()
    }
}

async fn logged(world: &World) -> Value {
    let root =
        world.staff(&format!("reader{}", world.app.id(UserId::new)), BuiltInRole::RootAdmin).await;
    root.get("/api/admin/email/logs").await.ok()["data"][0].clone()
}

#[tokio::test]
async fn an_email_is_sent_and_its_text_is_not_stored() {
    let (world, ses) = (world().await, Ses::answering(&[None]).await);
    let app = ses.app(&world).await;
    let ada = world.person("ada").await;
    let id = world.app.id(MessageId::new);
    assert!(!deliver(&app, id, ada.id).await);
    assert!(!deliver(&app, id, ada.id).await, "the second delivery sends nothing");
    let sent = ses.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["FromEmailAddress"], "=?UTF-8?B?S8OkdGhlICYgQ28u?= <care@provost.example>");
    assert_eq!(sent[0]["ConfigurationSetName"], "our-mail");
    let tags = [
        ("message", id.to_string()),
        ("user", ada.id.to_string()),
        ("address", address_digest(&ada.email)),
    ];
    assert_eq!(
        sent[0]["EmailTags"],
        json!(tags.map(|(name, value)| json!({ "Name": name, "Value": value })))
    );
    assert_eq!(sent[0]["Destination"], json!({ "ToAddresses": [ada.email] }));
    let raw = sent[0]["Content"]["Raw"]["Data"].as_str().expect("the whole message");
    let raw = STANDARD.decode(raw).expect("base64");
    let message = String::from_utf8(raw).expect("seven bits");
    assert!(message.contains("\r\nSubject: Your password has been changed\r\n"), "{message}");
    assert!(message.contains("From: =?UTF-8?B?S8OkdGhlICYgQ28u?=\r\n <care@provost.example>\r\n"));
    assert!(message.contains("text/plain") && message.contains("text/html"), "{message}");
    assert!(!message.contains("List-Unsubscribe"), "only broadcasts have it: {message}");
    let email = logged(&world).await;
    assert_eq!((&email["status"], &email["transportId"]), (&json!("sent"), &json!("ses-1")));
    assert!(email.get("body").is_none(), "{email}");
}

#[tokio::test]
async fn a_permanently_rejected_email_is_not_retried() {
    let (world, ses) = (world().await, Ses::answering(&[Some("MessageRejected")]).await);
    let app = ses.app(&world).await;
    let ada = world.person("ada").await;
    let id = world.app.id(MessageId::new);
    assert!(!deliver(&app, id, ada.id).await);
    assert!(!deliver(&app, id, ada.id).await);
    let email = logged(&world).await;
    assert_eq!((&email["status"], &email["error"]), (&json!("failed"), &json!("MessageRejected")));
}

#[tokio::test]
async fn a_delayed_email_is_sent_by_the_next_delivery() {
    let (world, ses) =
        (world().await, Ses::answering(&[Some("AccountSuspendedException"), None]).await);
    let app = ses.app(&world).await;
    let ada = world.person("ada").await;
    let id = world.app.id(MessageId::new);
    assert!(deliver(&app, id, ada.id).await, "the queue redelivers it");
    assert_eq!(logged(&world).await["status"], "queued");
    assert!(!deliver(&app, id, ada.id).await, "the claim was released");
    assert_eq!((ses.sent().len(), &logged(&world).await["status"]), (1, &json!("sent")));
}

#[tokio::test]
async fn an_email_sent_by_a_run_that_died_before_recording_it_is_sent_again() {
    let (world, ses) = (world().await, Ses::answering(&[None, None]).await);
    let app = ses.app(&world).await;
    let ada = world.person("ada").await;
    let (id, now) = (world.app.id(MessageId::new), world.app.now());
    let mail = Mail::queued(id, ada.email.clone(), Template::PasswordChanged, now);
    // The run that died: it claimed and sent the email but did not record that.
    assert_eq!(
        app.store()
            .claim_mail(Reader::Person(ada.id), &mail, now, now.plus(MINUTE))
            .await
            .expect("the table responds"),
        Claimed::Yes
    );
    let content = Rendered {
        subject: mail.subject.clone(),
        text: "Your password has been changed.".to_owned(),
        html: "<p>Your password has been changed.</p>".to_owned(),
    };
    let email = Outgoing {
        to: &ada.email,
        id: &id.to_string(),
        date: now,
        content: &content,
        brand: "Provost",
        reply_to: None,
        unsubscribe: None,
        tags: &[],
    };
    app.mailer().send(email).await.expect("the email is accepted");
    assert!(deliver(&app, id, ada.id).await, "the email is not resent while the claim is held");
    assert_eq!(ses.sent().len(), 1);
    world.advance(MINUTE);
    assert!(!deliver(&app, id, ada.id).await);
    assert!(!deliver(&app, id, ada.id).await);
    assert_eq!(
        (ses.sent().len(), &logged(&world).await["status"]),
        (2, &json!("sent")),
        "at-least-once delivery"
    );
}

#[tokio::test]
async fn an_email_that_only_a_later_release_can_write_is_not_sent_and_is_delivered_again() {
    let (world, ses) = (world().await, Ses::answering(&[]).await);
    let app = ses.app(&world).await;
    let (ada, id) = (world.person("ada").await, world.app.id(MessageId::new));
    let later = [
        json!({ "type": "mail", "id": id, "user": ada.id, "template": "of-a-later-release" }),
        json!({ "type": "mail", "id": id, "user": ada.id, "template": "new-device", "about": { "planet": "Mars" } }),
        json!({ "type": "mail_feedback", "id": id, "user": ada.id, "address": "0", "event": "Delay" }),
    ];
    for message in later {
        let message: Message = serde_json::from_value(message).expect("a message");
        assert!(message.queue().is_some(), "{message:?} belongs on this queue");
        assert!(deliver_message(&app, &message).await, "{message:?}");
    }
    assert_eq!((ses.sent().len(), logged(&world).await), (0, Value::Null));
}

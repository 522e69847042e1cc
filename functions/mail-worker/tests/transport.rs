//! With a real transport: what is sent, what is stored, and what happens to an email that is
//! rejected or delayed. A fake server responds as SES does.

use std::sync::{Arc, Mutex};

use provost_app::{App, KeySource, Options, mailer::Outgoing};
use provost_domain::{
    BuiltInRole, MessageId, UserId,
    mail::{Mail, Template},
    message::Message,
    time::MINUTE,
};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_store::{
    mails::{Claimed, Reader},
    organisation_invites::address_digest,
};
use provost_testkit::World;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A fake SES that records the requests and responds from a list.
#[derive(Clone)]
struct Ses {
    url: String,
    sent: Arc<Mutex<Vec<Value>>>,
}

impl Ses {
    /// Responds with these results in turn: `None` for success, or the name of the error.
    async fn answering(answers: &'static [Option<&'static str>]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let ses = Self { url, sent: sent.clone() };
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let email = read(&mut stream).await;
                let (status, error, body) = match answer {
                    None => {
                        sent.lock().expect("nobody panics").push(email);
                        ("200 OK", String::new(), json!({ "MessageId": "ses-1" }))
                    }
                    Some(error) => (
                        "400 Bad Request",
                        format!("x-amzn-errortype: {error}\r\n"),
                        json!({ "message": "no" }),
                    ),
                };
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status}\r\n{error}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream
                    .write_all(format!("{head}{body}").as_bytes())
                    .await
                    .expect("the client reads");
            }
        });
        ses
    }

    fn sent(&self) -> Vec<Value> {
        self.sent.lock().expect("nobody panics").clone()
    }

    /// The worker's application, with the tables of the world and this transport.
    async fn app(&self, world: &World) -> App {
        let mut settings = world.emulators.settings();
        for (name, value) in [
            ("PUBLIC_URL", "https://provost.example"),
            ("MAIL_TRANSPORT", "ses"),
            ("MAIL_FROM", "care@provost.example"),
            ("MAIL_FROM_NAME", "Käthe & Co."),
            ("MAIL_CONFIGURATION_SET", "our-mail"),
            ("AWS_ENDPOINT_URL_SESV2", &self.url),
        ] {
            settings.insert(name.to_owned(), value.to_owned());
        }
        let keys = KeySource::given(KeySource::generate().expect("randomness"));
        App::new(
            &settings,
            Options { clock: Some(world.clock.clone()), keys: Some(keys), ..Options::default() },
        )
        .await
        .expect("the settings are complete")
    }
}

/// Reads one request; its body is JSON.
async fn read(stream: &mut TcpStream) -> Value {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.expect("the client writes");
        assert!(read > 0, "the client closed the connection during its request");
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")
                    .and_then(|length| length.parse::<usize>().ok())
            })
            .unwrap_or(0);
        if body.len() >= length {
            return serde_json::from_str(body).expect("JSON");
        }
    }
}

async fn world() -> World {
    World::of(|app| vec![Function::http("mail", fn_mail::routes().router(app.clone()))]).await
}

/// Delivers one message to the worker. Returns whether it must be redelivered.
async fn deliver(app: &App, id: MessageId, user: UserId) -> bool {
    let body = serde_json::to_string(&Message::Mail {
        id,
        user,
        template: Template::PasswordChanged,
        about: None,
    })
    .expect("a message is JSON");
    let event = serde_json::from_value(
        json!({ "Records": [{ "messageId": "1", "body": body, "eventSource": "aws:sqs" }] }),
    )
    .expect("an event");
    let response = fn_mail_worker::handle(
        app.clone(),
        event,
        Deadline::within(std::time::Duration::from_secs(60)),
    )
    .await
    .expect("a failed message does not fail the batch");
    !response.batch_item_failures.is_empty()
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
    assert_eq!(sent[0]["Content"]["Simple"]["Subject"]["Data"], "Your password has been changed");
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
    let email = Outgoing {
        to: &ada.email,
        subject: &mail.subject,
        text: "Your password has been changed.",
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

//! With a real transport: what is sent, what is stored, and what happens to an email that is
//! rejected or delayed. A fake server responds as SES does.

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::STANDARD};
use provost_app::{App, KeySource, Options, mailer::Outgoing};
use provost_domain::{
    BuiltInRole, MessageId, UserId,
    mail::{Mail, Template},
    message::Message,
    time::MINUTE,
};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_mail::Rendered;
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
use tracing_subscriber::layer::SubscriberExt;

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
    let template = Template::PasswordChanged;
    deliver_message(app, &Message::Mail { id, user, template, about: None }).await
}

async fn deliver_message(app: &App, message: &Message) -> bool {
    let body = serde_json::to_string(message).expect("a message is JSON");
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

/// The lines that this thread logs, in the form of Lambda.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_email_that_is_not_accepted_is_counted_in_the_metric_of_the_alarm() {
    let (world, log) = (world().await, Log::default());
    let answers = &[Some("MessageRejected"), Some("AccountSuspendedException"), None];
    let ses = Ses::answering(answers).await;
    let app = ses.app(&world).await;
    let ada = world.person("ada").await;
    let written = log.clone();
    let layer = provost_telemetry::json_layer("Provost/test", move || written.clone());
    let subscriber = tracing_subscriber::registry()
        .with(tracing_subscriber::filter::LevelFilter::INFO)
        .with(layer);
    // Only on this thread, the only one of this test.
    let logging = tracing::subscriber::set_default(subscriber);
    for again in [false, true, false] {
        let id = world.app.id(MessageId::new);
        assert_eq!(deliver(&app, id, ada.id).await, again);
    }
    drop(logging);

    let log = String::from_utf8(log.0.lock().expect("nobody panics").clone()).expect("UTF-8");
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let (metrics, others): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.get("_aws").is_some());
    // The format that CloudWatch requires: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    let metric = json!({
        "_aws": {
            "Timestamp": world.app.now().millis(),
            "CloudWatchMetrics": [{
                "Namespace": "Provost/test",
                "Dimensions": [[]],
                "Metrics": [{ "Name": "MailNotAccepted", "Unit": "Count" }],
            }],
        },
        "MailNotAccepted": 1,
    });
    assert_eq!(metrics, [metric.clone(), metric], "one for each that was not accepted");
    let errors: Vec<_> = others.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 2, "{others:?}");
    for line in errors {
        assert_eq!(line["span"]["queue"], "mail", "the cause is logged within the run: {line}");
    }
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

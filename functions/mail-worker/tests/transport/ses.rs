//! A fake SES, and the worker that sends through it.

use std::sync::{Arc, Mutex};

use provost_app::{App, KeySource, Options};
use provost_domain::{MessageId, UserId, mail::Template, message::Message};
use provost_jobs::Deadline;
use provost_local::Function;
use provost_testkit::World;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A fake SES that records the requests and responds from a list.
#[derive(Clone)]
pub struct Ses {
    url: String,
    pub sent: Arc<Mutex<Vec<Value>>>,
}

impl Ses {
    /// Responds with these results in turn: `None` for success, or the name of the error.
    pub async fn answering(answers: &'static [Option<&'static str>]) -> Self {
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

    /// The worker's application, with the tables of the world and this transport.
    pub async fn app(&self, world: &World) -> App {
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

/// A world with the mail log.
pub async fn world() -> World {
    World::of(|app| vec![Function::http("mail", fn_mail::routes().router(app.clone()))]).await
}

/// Delivers one message to the worker. Returns whether it must be redelivered.
pub async fn deliver(app: &App, id: MessageId, user: UserId) -> bool {
    let template = Template::PasswordChanged;
    deliver_message(app, &Message::Mail { id, user, template, about: None }).await
}

pub async fn deliver_message(app: &App, message: &Message) -> bool {
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

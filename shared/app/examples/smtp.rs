//! Sends emails with the SMTP transport and prints what became of each: `tests/mail/smtp.py` runs
//! it against another library's server. The first line of the input has the settings.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for a check prints, and stops at the first fault"
)]

use std::{
    collections::BTreeMap,
    io::{BufRead, stdin},
};

use provost_app::{
    App, KeySource, Options, SendError, key_source::SMTP_PASSWORD, mailer::Outgoing,
};
use provost_domain::Timestamp;
use provost_mail::Rendered;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Email {
    id: String,
    name: String,
    to: String,
    reply_to: Option<String>,
    subject: String,
    text: String,
    html: String,
    unsubscribe: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut lines = stdin().lock().lines().map(Result::unwrap);
    let mut settings: BTreeMap<String, String> =
        serde_json::from_str(&lines.next().unwrap()).unwrap();
    // Of AWS, nothing is used.
    for name in "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION TABLE_ACCOUNTS \
                 TABLE_ORGANISATIONS TABLE_OPERATIONS TABLE_CATALOGUE TABLE_AUDIT BUCKET_FILES \
                 BUCKET_EXPORTS BUCKET_INDEX QUEUE_MAIL QUEUE_EXPORT QUEUE_DELETION QUEUE_BULK"
        .split(' ')
    {
        settings.insert(name.to_owned(), "unused".to_owned());
    }
    settings.insert("PUBLIC_URL".to_owned(), "https://provost.example".to_owned());
    settings.insert("MAIL_TRANSPORT".to_owned(), "smtp".to_owned());
    let mut keys = KeySource::generate().unwrap();
    if let Some(password) = settings.remove("password") {
        keys.insert(SMTP_PASSWORD.to_owned(), password);
    }
    let options = Options { keys: Some(KeySource::given(keys)), ..Options::default() };
    let app = App::new(&settings, options).await.unwrap();
    for line in lines {
        let email: Email = serde_json::from_str(&line).unwrap();
        let content = Rendered { subject: email.subject, text: email.text, html: email.html };
        let sent = app.mailer().send(Outgoing {
            to: &email.to,
            id: &email.id,
            date: Timestamp::from_millis(1_795_190_400_000),
            content: &content,
            brand: &email.name,
            reply_to: email.reply_to.as_deref(),
            unsubscribe: email.unsubscribe.as_deref(),
            tags: &[],
        });
        let (outcome, why) = match sent.await {
            Ok(_) => ("sent", String::new()),
            Err(SendError::Later) => ("later", String::new()),
            Err(SendError::NoAnswer) => ("no answer", String::new()),
            Err(SendError::Paused(why)) => ("paused", why),
            Err(SendError::Refused(why)) => ("refused", why),
        };
        println!("{}", json!({ "outcome": outcome, "why": why }));
    }
}

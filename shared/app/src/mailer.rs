//! The email transport: Amazon SES on AWS. Where `MAIL_TRANSPORT` is `capture`, nothing is sent and
//! the email log keeps the texts; where it is `simulate`, the local stack's stand-in for SES also
//! receives each email and reports bounces as SES does.

use aws_sdk_sesv2::{
    error::ProvideErrorMetadata,
    types::{Body, Content, Destination, EmailContent, Message, MessageTag},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use provost_store::{
    aws::{Aws, LazyClient, Service},
    aws_client,
};

use crate::{ConfigError, Settings, required};

/// Amazon SES v2.
#[derive(Debug)]
pub struct Ses;

impl Service for Ses {
    type Client = aws_sdk_sesv2::Client;
    fn client(aws: &Aws) -> Self::Client {
        aws_client!(aws, aws_sdk_sesv2, "SESV2")
    }
}

/// An email transport.
#[derive(Debug, Clone)]
pub enum Mailer {
    /// Amazon SES v2 or its stand-in.
    Ses {
        /// The client.
        client: LazyClient<Ses>,
        /// The sender, as in the `From` header.
        from: String,
        /// The configuration set that reports bounces and complaints.
        configuration_set: Option<String>,
        /// Whether the log keeps the texts.
        keeps_text: bool,
    },
    /// Sends nothing; the log keeps the text.
    Capture,
}

/// An email for the transport.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The address.
    pub to: &'a str,
    /// The subject line.
    pub subject: &'a str,
    /// The text.
    pub text: &'a str,
    /// Tags that SES adds to its events: names and values of ASCII letters, digits, `_` and `-`.
    pub tags: &'a [(&'static str, String)],
}

/// The transport did not accept an email.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Trying again later may help.
    #[error("the transport is busy")]
    Later,
    /// Nothing is accepted until an operator acts: sending is paused, the quota is used up, or the
    /// configuration set is missing.
    #[error("the transport accepts no email now: {0}")]
    Paused(String),
    /// The transport rejects the address or the email permanently.
    #[error("the transport refused the letter: {0}")]
    Refused(String),
}

impl Mailer {
    pub(crate) fn from_settings(settings: &Settings, aws: &Aws) -> Result<Self, ConfigError> {
        let ses = |keeps_text| {
            let set =
                settings.get("MAIL_CONFIGURATION_SET").filter(|name| !name.is_empty()).cloned();
            let name = settings.get("MAIL_FROM_NAME").map_or("", |name| name.trim());
            let from = sender(name, &required(settings, "MAIL_FROM")?)?;
            Ok(Self::Ses { client: LazyClient::new(aws), from, configuration_set: set, keeps_text })
        };
        match settings.get("MAIL_TRANSPORT").map(String::as_str) {
            Some("ses") => ses(false),
            Some("simulate") => ses(true),
            None | Some("" | "capture") => Ok(Self::Capture),
            Some(_) => Err(ConfigError {
                name: "MAIL_TRANSPORT",
                problem: "is neither ses, simulate nor capture".to_owned(),
            }),
        }
    }

    /// Whether it can send to an address whose local part is not ASCII (RFC 6531). Amazon SES
    /// cannot.
    pub const fn takes_utf8(&self) -> bool {
        self.captures()
    }

    /// Whether the email log keeps the text of emails.
    pub const fn captures(&self) -> bool {
        matches!(self, Self::Capture | Self::Ses { keeps_text: true, .. })
    }

    /// Sends an email; returns the transport's own id.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, email: Outgoing<'_>) -> Result<Option<String>, SendError> {
        let Self::Ses { client, from, configuration_set, .. } = self else { return Ok(None) };
        let content = |data: &str| {
            Content::builder()
                .data(data)
                .charset("UTF-8")
                .build()
                .map_err(|_| SendError::Refused("it has no text".to_owned()))
        };
        let message = Message::builder()
            .subject(content(email.subject)?)
            .body(Body::builder().text(content(email.text)?).build())
            .build();
        let tag = |(name, value): &(&str, String)| {
            MessageTag::builder()
                .name(*name)
                .value(value)
                .build()
                .map_err(|_| SendError::Refused("a tag is empty".to_owned()))
        };
        let call = client
            .send_email()
            .from_email_address(from)
            .set_configuration_set_name(configuration_set.clone())
            .set_email_tags(Some(email.tags.iter().map(tag).collect::<Result<_, _>>()?))
            .destination(Destination::builder().to_addresses(email.to).build())
            .content(EmailContent::builder().simple(message).build());
        match call.send().await {
            Ok(answer) => Ok(answer.message_id),
            Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some(code @ ("MessageRejected" | "BadRequestException")) => {
                    Err(SendError::Refused(code.to_owned()))
                }
                Some(
                    code @ ("AccountSuspendedException"
                    | "SendingPausedException"
                    | "LimitExceededException"
                    | "MailFromDomainNotVerifiedException"
                    | "NotFoundException"
                    | "AccessDeniedException"),
                ) => Err(SendError::Paused(code.to_owned())),
                _ => Err(SendError::Later),
            },
        }
    }
}

/// The longest text in one encoded word of RFC 2047, in bytes: 75 characters in all, 12 of them
/// overhead, and four for every three bytes.
const ENCODED_WORD: usize = 45;
/// The maximum length of a display name, in characters.
const MAX_NAME: usize = 64;

/// The `From` header: the address alone, or after a display name. An ASCII name is a quoted string
/// (RFC 5322, 3.2.4), any other is written in encoded words (RFC 2047).
fn sender(name: &str, address: &str) -> Result<String, ConfigError> {
    if name.is_empty() {
        return Ok(address.to_owned());
    }
    if name.chars().any(char::is_control) || name.chars().count() > MAX_NAME {
        return Err(ConfigError {
            name: "MAIL_FROM_NAME",
            problem: format!("has a control character or more than {MAX_NAME} characters"),
        });
    }
    if name.is_ascii() {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        return Ok(format!("\"{quoted}\" <{address}>"));
    }
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if words.last().is_some_and(|word| word.len() + letter.len_utf8() > ENCODED_WORD) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    // White space between encoded words is not part of the text.
    let words: Vec<_> =
        words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    Ok(format!("{} <{address}>", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_formatted_for_the_from_header() {
        let from = |name| sender(name, "care@provost.example").unwrap();
        assert_eq!(from(""), "care@provost.example");
        assert_eq!(from("Provost"), "\"Provost\" <care@provost.example>");
        assert_eq!(
            from("Smith, \"Joe\" \\ Sons"),
            "\"Smith, \\\"Joe\\\" \\\\ Sons\" <care@provost.example>"
        );
        assert_eq!(from("Käthe"), "=?UTF-8?B?S8OkdGhl?= <care@provost.example>");
        assert_eq!(from("a@b <x>"), "\"a@b <x>\" <care@provost.example>");
    }

    #[test]
    fn a_long_name_is_split_at_character_boundaries() {
        let name = "木".repeat(40);
        let header = sender(&name, "care@provost.example").unwrap();
        let words: Vec<_> = header
            .split(' ')
            .filter_map(|word| word.strip_prefix("=?UTF-8?B?")?.strip_suffix("?="))
            .collect();
        assert!(words.len() > 1 && words.iter().all(|word| word.len() + 12 <= 75), "{header}");
        let text: String = words
            .iter()
            .map(|word| String::from_utf8(STANDARD.decode(word).unwrap()).unwrap())
            .collect();
        assert_eq!(text, name);
    }

    #[test]
    fn a_name_that_injects_a_header_is_rejected() {
        assert!(sender("Provost\r\nBcc: everyone@example.org", "care@provost.example").is_err());
        assert!(sender(&"x".repeat(65), "care@provost.example").is_err());
    }
}

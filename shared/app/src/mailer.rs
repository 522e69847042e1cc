//! The way out for mail: Amazon SES on AWS; captured, and readable in the mail log, where `MAIL_TRANSPORT` is `capture`.

use aws_sdk_sesv2::{
    error::ProvideErrorMetadata,
    types::{Body, Content, Destination, EmailContent, Message},
};

use provost_store::{
    aws::{Aws, LazyClient, Service},
    aws_client,
};

use crate::{BadSetting, Settings, required};

/// Amazon SES v2.
#[derive(Debug)]
pub struct Ses;

impl Service for Ses {
    type Client = aws_sdk_sesv2::Client;
    fn client(aws: &Aws) -> Self::Client {
        aws_client!(aws, aws_sdk_sesv2, "SESV2")
    }
}

/// A transport for letters.
#[derive(Debug, Clone)]
pub enum Mailer {
    /// Amazon SES v2.
    Ses {
        /// The client.
        client: LazyClient<Ses>,
        /// The sender's address.
        from: String,
    },
    /// Nothing leaves; the log keeps the text.
    Capture,
}

/// A letter was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// Trying again later may help.
    #[error("the transport is busy")]
    Later,
    /// It never will be: the transport refuses the address or the letter.
    #[error("the transport refused the letter: {0}")]
    Refused(String),
}

impl Mailer {
    pub(crate) fn from_settings(settings: &Settings, aws: &Aws) -> Result<Self, BadSetting> {
        match settings.get("MAIL_TRANSPORT").map(String::as_str) {
            Some("ses") => Ok(Self::Ses { client: LazyClient::new(aws), from: required(settings, "MAIL_FROM")? }),
            None | Some("" | "capture") => Ok(Self::Capture),
            Some(_) => Err(BadSetting { name: "MAIL_TRANSPORT", problem: "is neither ses nor capture".to_owned() }),
        }
    }

    /// Whether it can write to an address whose local part is not ASCII (RFC 6531). Amazon SES cannot.
    pub const fn takes_utf8(&self) -> bool {
        matches!(self, Self::Capture)
    }

    /// Whether the mail log keeps the text of letters.
    pub const fn captures(&self) -> bool {
        matches!(self, Self::Capture)
    }

    /// Sends a letter; answers the transport's own id.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn send(&self, to: &str, subject: &str, text: &str) -> Result<Option<String>, NotSent> {
        let Self::Ses { client, from } = self else { return Ok(None) };
        let content =
            |data: &str| Content::builder().data(data).charset("UTF-8").build().map_err(|_| NotSent::Refused("it has no text".to_owned()));
        let message = Message::builder().subject(content(subject)?).body(Body::builder().text(content(text)?).build()).build();
        let call = client
            .send_email()
            .from_email_address(from)
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().simple(message).build());
        match call.send().await {
            Ok(answer) => Ok(answer.message_id),
            Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some(code @ ("MessageRejected" | "BadRequestException" | "MailFromDomainNotVerifiedException")) => {
                    Err(NotSent::Refused(code.to_owned()))
                }
                _ => Err(NotSent::Later),
            },
        }
    }
}

//! The email transport: Amazon SES, or a mail server over SMTP. Where `MAIL_TRANSPORT` is `capture`, nothing is sent and
//! the email log keeps the texts; where it is `simulate`, the local stack's stand-in for SES also
//! receives each email and reports bounces as SES does.

mod smtp;

use aws_sdk_sesv2::{
    error::{ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    primitives::Blob,
    types::{Destination, EmailContent, MessageTag, RawMessage},
};
use provost_domain::Timestamp;
use provost_mail::{
    Rendered,
    message::{self, EmailMessage, InvalidMessage},
};
use provost_store::{
    aws::{Aws, LazyClient, Service},
    aws_client,
    outbound::Outbound,
};

pub use smtp::Smtp;

use crate::{ConfigError, KeySource, Settings, required};

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
        /// The address of the sender.
        from: String,
        /// The display name of the sender, if the deployment sets one; the brand's otherwise.
        from_name: Option<String>,
        /// The configuration set that reports bounces and complaints.
        configuration_set: Option<String>,
        /// Whether the log keeps the texts.
        keeps_text: bool,
    },
    /// A mail server.
    Smtp(Smtp),
    /// Sends nothing; the log keeps the text.
    Capture,
}

/// An email for the transport.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The address.
    pub to: &'a str,
    /// Unique id of the message.
    pub id: &'a str,
    /// Time of sending.
    pub date: Timestamp,
    /// What it says.
    pub content: &'a Rendered,
    /// Name of the brand, which is the display name of the sender.
    pub brand: &'a str,
    /// Address for replies; none for the sender's.
    pub reply_to: Option<&'a str>,
    /// Link to unsubscribe, on emails that can be unsubscribed from.
    pub unsubscribe: Option<&'a str>,
    /// Tags that SES adds to its events: names and values of ASCII letters, digits, `_` and `-`.
    pub tags: &'a [(&'static str, String)],
}

/// The transport did not accept an email.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It was not accepted; trying again later may help.
    #[error("the transport is busy")]
    Later,
    /// The transport did not respond, so that the email may have been accepted.
    #[error("the transport did not respond")]
    NoAnswer,
    /// Nothing is accepted until an operator acts: sending is paused, the quota is used up, or the
    /// configuration set is missing.
    #[error("the transport accepts no email now: {0}")]
    Paused(String),
    /// The transport rejects the address or the email permanently.
    #[error("the transport refused the email: {0}")]
    Refused(String),
}

impl Mailer {
    pub(crate) fn from_settings(
        settings: &Settings,
        aws: &Aws,
        keys: &KeySource,
        outbound: &Outbound,
    ) -> Result<Self, ConfigError> {
        let ses = |keeps_text| {
            let set =
                settings.get("MAIL_CONFIGURATION_SET").filter(|name| !name.is_empty()).cloned();
            let from = required(settings, "MAIL_FROM")?;
            let from_name = from_name(settings)?;
            let client = LazyClient::new(aws);
            Ok(Self::Ses { client, from, from_name, configuration_set: set, keeps_text })
        };
        match settings.get("MAIL_TRANSPORT").map(String::as_str) {
            Some("ses") => ses(false),
            Some("simulate") => ses(true),
            Some("smtp") => Smtp::from_settings(settings, keys, outbound).map(Self::Smtp),
            None | Some("" | "capture") => Ok(Self::Capture),
            Some(_) => Err(ConfigError {
                name: "MAIL_TRANSPORT",
                problem: "is neither ses, smtp, simulate nor capture".to_owned(),
            }),
        }
    }

    /// Whether it can send to an address whose local part is not ASCII (RFC 6531). Amazon SES
    /// cannot, nor can many mail servers.
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
        let (client, from, from_name, configuration_set) = match self {
            Self::Ses { client, from, from_name, configuration_set, .. } => {
                (client, from, from_name, configuration_set)
            }
            Self::Smtp(server) => return server.send(&email).await.map(|()| None),
            Self::Capture => return Ok(None),
        };
        let message = build(&email, from, from_name.as_deref())?;
        let raw = RawMessage::builder()
            .data(Blob::new(message.formatted()))
            .build()
            .map_err(|_| SendError::Refused("it has no text".to_owned()))?;
        let tag = |(name, value): &(&str, String)| {
            MessageTag::builder()
                .name(*name)
                .value(value)
                .build()
                .map_err(|_| SendError::Refused("a tag is empty".to_owned()))
        };
        let call = client
            .send_email()
            .from_email_address(message::sender(display_name(&email, from_name.as_deref()), from))
            .set_configuration_set_name(configuration_set.clone())
            .set_email_tags(Some(email.tags.iter().map(tag).collect::<Result<_, _>>()?))
            .destination(Destination::builder().to_addresses(email.to).build())
            .content(EmailContent::builder().raw(raw).build());
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
                Some(_) => Err(SendError::Later),
                None => Err(without_answer(&error)),
            },
        }
    }
}

/// Whether a request without an answer of SES may have arrived there.
fn without_answer<R>(error: &SdkError<SendEmailError, R>) -> SendError {
    match error {
        SdkError::ConstructionFailure(_) => SendError::Later,
        SdkError::DispatchFailure(failure) if failure.is_user() => SendError::Later,
        _ => SendError::NoAnswer,
    }
}

/// The display name of the sender. A brand with a name that is no header is left out, so that the
/// email is sent all the same.
fn display_name<'a>(email: &Outgoing<'a>, from_name: Option<&'a str>) -> &'a str {
    let name = from_name.unwrap_or(email.brand);
    if message::check_name(name).is_ok() { name } else { "" }
}

/// The email in its Internet form.
fn build(
    email: &Outgoing<'_>,
    from: &str,
    from_name: Option<&str>,
) -> Result<message::Message, SendError> {
    message::build(&EmailMessage {
        from,
        from_name: display_name(email, from_name),
        to: email.to,
        reply_to: email.reply_to,
        id: email.id,
        date: email.date,
        subject: &email.content.subject,
        text: &email.content.text,
        html: &email.content.html,
        unsubscribe: email.unsubscribe,
    })
    .map_err(|InvalidMessage(why)| SendError::Refused(why.to_owned()))
}

/// The display name of the sender, if the deployment sets one.
fn from_name(settings: &Settings) -> Result<Option<String>, ConfigError> {
    let Some(name) = settings.get("MAIL_FROM_NAME").map(|name| name.trim()) else {
        return Ok(None);
    };
    message::check_name(name)
        .map_err(|why| ConfigError { name: "MAIL_FROM_NAME", problem: why.to_owned() })?;
    Ok((!name.is_empty()).then(|| name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_injects_a_header_is_rejected() {
        let name = |name: &str| {
            from_name(&Settings::from([("MAIL_FROM_NAME".to_owned(), name.to_owned())]))
        };
        assert!(name("Provost\r\nBcc: everyone@example.org").is_err());
        assert!(name(&"x".repeat(65)).is_err());
        assert_eq!(name(" ").unwrap(), None);
        assert_eq!(name("Käthe & Co.").unwrap().as_deref(), Some("Käthe & Co."));
    }
}

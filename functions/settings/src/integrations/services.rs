//! What is asked of each service, and what its answer means.

mod smtp;

use std::collections::BTreeMap;

use provost_domain::ApiError;
use provost_store::outbound::{Outbound, OutboundError, OutboundResponse, Outgoing};

use super::{Integration, optional, required};
use smtp::Smtp;

/// One request to a service. It holds secrets, so it has no debug text.
pub enum Call {
    /// Over HTTP.
    Http {
        /// The integration.
        integration: Integration,
        /// The URL.
        url: String,
        /// The name of the credential that the URL comes from; none for a service's own.
        entered: Option<&'static str>,
        /// The value of the header `Authorization`.
        authorization: Option<String>,
    },
    /// To a mail server.
    Smtp(Smtp),
}

type Credentials = BTreeMap<String, String>;

impl Call {
    /// The request for these credentials.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on a credential that is missing, unknown or malformed.
    pub fn new(integration: Integration, credentials: &Credentials) -> Result<Self, ApiError> {
        let known: &[&str] = match integration {
            Integration::Stripe => &["secretKey"],
            Integration::Resend => &["apiKey"],
            Integration::Cloudflare => &["apiToken", "accountId"],
            Integration::Discord => &["webhookUrl", "botToken", "serverId"],
            Integration::Github => &["pat", "org"],
            Integration::Kener => &["apiKey", "baseUrl"],
            Integration::Smtp => &["host", "port", "secure", "user", "password"],
        };
        if let Some(other) = credentials.keys().find(|name| !known.contains(&name.as_str())) {
            let field: String = format!("credentials.{other}").chars().take(128).collect();
            return Err(ApiError::field(field, "unknown", "This field is unknown. Remove it."));
        }
        let get = |name| required(credentials, name);
        let http = |url: String, authorization: String| Self::Http {
            integration,
            url,
            entered: None,
            authorization: Some(authorization),
        };
        let bearer = |key: &str| format!("Bearer {key}");
        Ok(match integration {
            Integration::Stripe => {
                http("https://api.stripe.com/v1/balance".to_owned(), bearer(get("secretKey")?))
            }
            Integration::Resend => {
                http("https://api.resend.com/domains".to_owned(), bearer(get("apiKey")?))
            }
            Integration::Cloudflare => {
                let owner = match optional(credentials, "accountId")? {
                    Some(account) => format!("accounts/{}", segment("accountId", account)?),
                    None => "user".to_owned(),
                };
                let url = format!("https://api.cloudflare.com/client/v4/{owner}/tokens/verify");
                http(url, bearer(get("apiToken")?))
            }
            Integration::Discord => match optional(credentials, "webhookUrl")? {
                Some(url) => Self::Http {
                    integration,
                    url: webhook(url)?,
                    entered: Some("webhookUrl"),
                    authorization: None,
                },
                None => {
                    let server = segment("serverId", get("serverId")?)?;
                    let url = format!("https://discord.com/api/v10/guilds/{server}");
                    http(url, format!("Bot {}", get("botToken")?))
                }
            },
            Integration::Github => {
                let url = match optional(credentials, "org")? {
                    Some(org) => format!("https://api.github.com/orgs/{}", segment("org", org)?),
                    None => "https://api.github.com/user".to_owned(),
                };
                http(url, bearer(get("pat")?))
            }
            Integration::Kener => {
                let base = get("baseUrl")?.trim_end_matches('/');
                Self::Http {
                    integration,
                    url: format!("{base}/api/monitor"),
                    entered: Some("baseUrl"),
                    authorization: Some(bearer(get("apiKey")?)),
                }
            }
            Integration::Smtp => Self::Smtp(Smtp::new(credentials)?),
        })
    }

    /// The URL that the caller entered, with the name of its field.
    pub fn entered(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Http { entered, url, .. } => entered.map(|field| (field, url.as_str())),
            Self::Smtp(_) => None,
        }
    }

    /// Sends the request. Returns whether the credentials work, and a sentence about it.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn run(self, outbound: &Outbound) -> Result<(bool, String), OutboundError> {
        let (integration, url, authorization) = match self {
            Self::Smtp(smtp) => return smtp.run(outbound).await,
            Self::Http { integration, url, authorization, .. } => (integration, url, authorization),
        };
        let mut headers =
            vec![("user-agent", "provost".to_owned()), ("accept", "application/json".to_owned())];
        headers.extend(authorization.map(|value| ("authorization", value)));
        let body = bytes::Bytes::new();
        let answer = outbound.send(Outgoing { method: "GET", url, headers, body }).await?;
        let (success, message) = meaning(integration, &answer);
        Ok((success, message.to_owned()))
    }
}

/// What an answer means. Nothing of its text is shown.
fn meaning(integration: Integration, answer: &OutboundResponse) -> (bool, &'static str) {
    let body = String::from_utf8_lossy(&answer.body);
    match (integration, answer.status) {
        (_, 200..=299) => (true, "The credentials work."),
        // A restricted key is a valid key.
        (Integration::Stripe, 403) => (true, "The key is valid, with restricted permissions."),
        (Integration::Resend, 401) if body.contains("restricted_api_key") => {
            (true, "The key is valid, for sending only.")
        }
        (Integration::Discord, 404) => (
            false,
            "Discord does not know this webhook or server. Copy the address or the id again.",
        ),
        (Integration::Github, 404) => (
            false,
            "GitHub does not show this organisation with this token. Check the name, and give the token access to it.",
        ),
        (_, 401 | 403) => (false, "The service refuses the credentials. Copy them again."),
        (Integration::Cloudflare, 400) => {
            (false, "The service refuses the credentials. Copy them again.")
        }
        (_, 429) => (false, "The service limits requests at present. Try again later."),
        (_, 300..=399) => (
            false,
            "The service answers with a redirect, which is not followed. Enter its final address.",
        ),
        (_, 404) => (false, "There is no such service at this address. Check the address."),
        (_, 500..) => (false, "The service has a fault. Try again later."),
        _ => (false, "The service refuses the request. Check the credentials."),
    }
}

/// A value that becomes one segment of a path.
fn segment<'a>(field: &str, text: &'a str) -> Result<&'a str, ApiError> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if text.len() <= 64 && text.bytes().all(is_plain) {
        return Ok(text);
    }
    Err(ApiError::field(
        format!("credentials.{field}"),
        "invalid",
        "This value is not valid. Use letters, digits, hyphens and underscores.",
    ))
}

/// The URL of a webhook of Discord, and of nobody else.
fn webhook(url: &str) -> Result<String, ApiError> {
    let ours = ["https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/"];
    if ours.iter().any(|begin| url.starts_with(begin)) && !url.contains("..") {
        return Ok(url.to_owned());
    }
    Err(ApiError::field(
        "credentials.webhookUrl",
        "invalid",
        "This is not the address of a webhook of Discord. It begins with https://discord.com/api/webhooks/.",
    ))
}

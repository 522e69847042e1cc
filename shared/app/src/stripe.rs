//! The way to Stripe: one call, over TLS, with a key that is read when it is first needed.
//!
//! Stripe's certificate may come from any of the platform's authorities, whose list takes a while
//! to read: it is read with the first call, and by the one function that makes it.

use std::{sync::OnceLock, time::Duration};

use aws_smithy_runtime_api::{
    client::{http::HttpConnector, orchestrator::HttpRequest},
    http::Headers,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use provost_domain::{Timestamp, stripe_id::StripeId};
use provost_store::{StoreError, connector::Connector};
use rustls::RootCertStore;
use serde::Deserialize;
use tokio::time::timeout;

use crate::{ConfigError, KeySource, Settings};

/// Where Stripe is, unless a setting says otherwise.
pub const STRIPE: &str = "https://api.stripe.com";
/// How long a connection may take, and how long an answer.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(20);
/// The most that is read of an answer, in bytes.
const MAX_SIZE: usize = 256 * 1024;

/// Stripe's API, as far as we call it.
#[derive(Debug, Clone)]
pub struct Stripe {
    url: String,
    keys: KeySource,
}

/// How a subscription came to be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was cancelled by this call.
    Now,
    /// Stripe has none of this id that still lives.
    Before,
}

/// Why Stripe did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// This deployment has no key for Stripe.
    #[error("no key for Stripe is configured")]
    NotConfigured,
    /// The key belongs to another account or mode than the subscription.
    #[error("the key for Stripe is not that of the subscription's account or mode")]
    OtherKey,
    /// The key could not be read.
    #[error("the key for Stripe could not be read")]
    Key(#[from] StoreError),
    /// Stripe could not be reached, or did not answer in time.
    #[error("Stripe could not be reached")]
    Unreachable,
    /// Stripe refused, or answered what we do not understand.
    #[error("Stripe answered {0}")]
    Refused(u16),
}

/// What is read of Stripe's answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    status: Option<String>,
    error: HandlerError,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HandlerError {
    code: Option<String>,
    message: Option<String>,
}

impl Stripe {
    pub(crate) fn from_settings(settings: &Settings, keys: KeySource) -> Result<Self, ConfigError> {
        let url = settings
            .get("STRIPE_URL")
            .map(String::as_str)
            .filter(|url| !url.is_empty())
            .unwrap_or(STRIPE)
            .trim_end_matches('/');
        // The key travels with every call: in the clear it goes no further than this machine.
        if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1:") {
            return Err(ConfigError {
                name: "STRIPE_URL",
                problem: "does not begin with https://".to_owned(),
            });
        }
        Ok(Self { url: url.to_owned(), keys })
    }

    /// Whether there is a key.
    ///
    /// # Errors
    /// `Unavailable` when that could not be found out.
    pub async fn is_configured(&self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.keys.stripe_key(now).await?.is_some())
    }

    /// Cancels a subscription at once. `request` names the wish: sent again, it is the same one.
    ///
    /// # Errors
    /// [`StripeError`]; it may then have been cancelled all the same, and asking again is harmless.
    pub async fn cancel(
        &self,
        id: &StripeId,
        request: &str,
        now: Timestamp,
    ) -> Result<Ended, StripeError> {
        let key = self.keys.stripe_key(now).await?.ok_or(StripeError::NotConfigured)?;
        let mut call = HttpRequest::new(SdkBody::empty());
        let wrong = |_| StripeError::Unreachable;
        call.set_method("DELETE").map_err(|_| StripeError::Unreachable)?;
        call.set_uri(format!("{}/v1/subscriptions/{id}", self.url))
            .map_err(|_| StripeError::Unreachable)?;
        let headers: &mut Headers = call.headers_mut();
        headers.try_insert("authorization", format!("Bearer {}", key.reveal())).map_err(wrong)?;
        headers.try_insert("idempotency-key", request.to_owned()).map_err(wrong)?;
        headers.try_insert("user-agent", "provost").map_err(wrong)?;
        let (status, answer) = self.send(call).await?;
        match (status, answer) {
            (200, Answer { status: Some(status), .. }) if status == "canceled" => Ok(Ended::Now),
            // Stripe hints at the mode that has it: then it lives, out of reach of this key.
            (404, Answer { error: HandlerError { code: Some(code), message }, .. })
                if code == "resource_missing" =>
            {
                if message.is_some_and(|message| message.contains("similar object exists")) {
                    Err(StripeError::OtherKey)
                } else {
                    Ok(Ended::Before)
                }
            }
            (status, _) => Err(StripeError::Refused(status)),
        }
    }

    async fn send(&self, call: HttpRequest) -> Result<(u16, Answer), StripeError> {
        let plain = self.url.starts_with("http://");
        let answer = if plain { in_the_clear().call(call) } else { over_tls().call(call) };
        let answer = timeout(ANSWER, answer)
            .await
            .map_err(|_| StripeError::Unreachable)?
            .map_err(|_| StripeError::Unreachable)?;
        let status = answer.status().as_u16();
        let (mut body, mut bytes) = (ByteStream::new(answer.into_body()), Vec::new());
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece.map_err(|_| StripeError::Unreachable)?);
            if bytes.len() > MAX_SIZE {
                return Err(StripeError::Refused(status));
            }
        }
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }
}

fn over_tls() -> &'static Connector {
    static TLS: OnceLock<Connector> = OnceLock::new();
    TLS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        // A platform lists authorities that nobody understands any more; they are passed over.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Connector::over_tls(roots, CONNECT)
    })
}

/// A new one for each call: a connection that is kept belongs to the runtime that opened it, and
/// tests have many.
fn in_the_clear() -> Connector {
    Connector::in_the_clear(CONNECT)
}

//! The Stripe client: one call, over TLS, with a key that is read on first use.
//!
//! Stripe's certificate may come from any of the platform's authorities. Reading that list is slow,
//! so it happens with the first call, in the one function that calls Stripe.

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

/// Stripe's address, unless a setting overrides it.
pub const STRIPE: &str = "https://api.stripe.com";
/// The timeouts for a connection and for a response.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(20);
/// The maximum size of a response, in bytes.
const MAX_SIZE: usize = 256 * 1024;

/// The part of Stripe's API that we call.
#[derive(Debug, Clone)]
pub struct Stripe {
    url: String,
    keys: KeySource,
}

/// The outcome of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Cancelled by this call.
    Now,
    /// Stripe has no active subscription with this id.
    Before,
}

/// Why a call to Stripe failed.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// This deployment has no key for Stripe.
    #[error("no key for Stripe is configured")]
    NotConfigured,
    /// The key belongs to another account or mode than the subscription does.
    #[error("the key for Stripe is not that of the subscription's account or mode")]
    OtherKey,
    /// The key could not be read.
    #[error("the key for Stripe could not be read")]
    Key(#[from] StoreError),
    /// Stripe could not be reached or did not respond in time.
    #[error("Stripe could not be reached")]
    Unreachable,
    /// Stripe returned an error or an unexpected response.
    #[error("Stripe answered {0}")]
    Refused(u16),
}

/// The fields of Stripe's response that are used.
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
        // The key travels with every call, so plain HTTP is allowed only on this machine.
        if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1:") {
            return Err(ConfigError {
                name: "STRIPE_URL",
                problem: "does not begin with https://".to_owned(),
            });
        }
        Ok(Self { url: url.to_owned(), keys })
    }

    /// Whether a key is configured.
    ///
    /// # Errors
    /// `Unavailable` when that cannot be determined.
    pub async fn is_configured(&self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.keys.stripe_key(now).await?.is_some())
    }

    /// Cancels a subscription immediately. `request` is the idempotency key: a retry counts as the
    /// same request.
    ///
    /// # Errors
    /// [`StripeError`]; the subscription may have been cancelled anyway, and retrying is safe.
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
            // Stripe mentions the mode that has it: it is active there, out of reach of this key.
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
        // A platform may list certificates that cannot be parsed; they are skipped.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Connector::over_tls(roots, CONNECT)
    })
}

/// Creates a new connector for each call: a pooled connection belongs to the runtime that opened
/// it, and tests have many runtimes.
fn in_the_clear() -> Connector {
    Connector::in_the_clear(CONNECT)
}

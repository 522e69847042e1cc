//! The Stripe client: typed calls over TLS, with a key that is read on first use and a pinned version
//! of the API.
//!
//! A call that may have been lost is made again, a create under the same idempotency key. That key
//! holds the operation and its content: Stripe refuses a key that comes again with other parameters.

mod calls;
mod catalogue_calls;
pub mod objects;

use std::time::Duration;

use aws_lc_rs::digest;
use aws_smithy_runtime_api::{
    client::{http::HttpConnector, orchestrator::HttpRequest},
    http::Headers,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use form_urlencoded::Serializer;
use provost_domain::Timestamp;
use provost_store::{StoreError, transaction::jitter};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::timeout;

pub use calls::NewCheckout;
pub use catalogue_calls::{NewCoupon, NewPrice};

use crate::{
    ConfigError, KeySource, Settings,
    connectors::{in_the_clear, over_tls},
};

/// Stripe's address, unless a setting overrides it.
pub const STRIPE: &str = "https://api.stripe.com";
/// The version of Stripe's API that requests are made in, whatever the account's default is.
pub const VERSION: &str = "2026-10-28.endive";
/// The timeout for a response.
const ANSWER: Duration = Duration::from_secs(8);
/// How often a call is made at most.
const TRIES: u32 = 3;
/// The maximum size of a response, in bytes: a page of a hundred objects.
const MAX_SIZE: usize = 4 * 1024 * 1024;

/// The part of Stripe's API that we call.
#[derive(Debug, Clone)]
pub struct Stripe {
    url: String,
    keys: KeySource,
}

/// The outcome of ending something at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Ended by this call.
    Now,
    /// Stripe has nothing active with this id.
    Before,
}

/// Why a call to Stripe failed.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// This deployment has no key for Stripe.
    #[error("no key for Stripe is configured")]
    NotConfigured,
    /// The key belongs to another account or mode than the object does.
    #[error("the key for Stripe is not that of the object's account or mode")]
    OtherKey,
    /// The key could not be read.
    #[error("the key for Stripe could not be read")]
    Key(#[from] StoreError),
    /// Stripe could not be reached or did not respond in time.
    #[error("Stripe could not be reached")]
    Unreachable,
    /// Stripe returned an error or an unexpected response.
    #[error("Stripe answered {status} ({})", code.as_deref().unwrap_or("without a code"))]
    Refused {
        /// Status of the response.
        status: u16,
        /// Stripe's code, such as `resource_missing`.
        code: Option<String>,
        /// The parameter that Stripe refused.
        param: Option<String>,
    },
}

impl StripeError {
    /// Whether Stripe does not have the object that this parameter names; any object without one.
    pub fn is_missing(&self, parameter: Option<&str>) -> bool {
        matches!(self, Self::Refused { code: Some(code), param, .. }
            if code == "resource_missing" && parameter.is_none_or(|name| param.as_deref() == Some(name)))
    }

    /// Whether Stripe refused what was asked, so that asking again would not help.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refused { status: 400..=404, .. })
    }
}

/// An error as Stripe returns it. Its message may quote what was sent, so it is not kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    error: AnswerError,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AnswerError {
    code: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

/// The parameters of a request, in Stripe's notation: `metadata[user_id]`.
#[derive(Debug, Clone, Default)]
struct Form(Vec<(String, String)>);

impl Form {
    fn set(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    fn set_some<T: ToString>(self, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
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

    /// Reads an object or a page of a list.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &Form,
        now: Timestamp,
    ) -> Result<T, StripeError> {
        let path = if query.0.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", query.encoded())
        };
        self.call("GET", &path, None, None, now).await
    }

    /// Creates or changes an object. The idempotency key is made of the operation, which includes
    /// the ids that it is about, and of the content.
    async fn post<T: DeserializeOwned>(
        &self,
        operation: &str,
        path: &str,
        form: &Form,
        now: Timestamp,
    ) -> Result<T, StripeError> {
        let body = form.encoded();
        let content = digest::digest(&digest::SHA256, format!("{path}\n{body}").as_bytes());
        let content: String =
            content.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.call("POST", path, Some(&format!("{operation}-{content}")), Some(body), now).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        idempotency_key: Option<&str>,
        body: Option<String>,
        now: Timestamp,
    ) -> Result<T, StripeError> {
        let key = self.keys.stripe_key(now).await?.ok_or(StripeError::NotConfigured)?;
        let unusable = |_| StripeError::Unreachable;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut call =
                HttpRequest::new(body.as_deref().map_or_else(SdkBody::empty, SdkBody::from));
            call.set_method(method).map_err(|_| StripeError::Unreachable)?;
            call.set_uri(format!("{}{path}", self.url)).map_err(|_| StripeError::Unreachable)?;
            let headers: &mut Headers = call.headers_mut();
            headers
                .try_insert("authorization", format!("Bearer {}", key.reveal()))
                .map_err(unusable)?;
            headers.try_insert("stripe-version", VERSION).map_err(unusable)?;
            headers.try_insert("user-agent", "provost").map_err(unusable)?;
            if let Some(request) = idempotency_key {
                headers.try_insert("idempotency-key", request.to_owned()).map_err(unusable)?;
            }
            if let Some(body) = &body {
                headers
                    .try_insert("content-type", "application/x-www-form-urlencoded")
                    .map_err(unusable)?;
                headers.try_insert("content-length", body.len().to_string()).map_err(unusable)?;
            }
            let answered = self.send(call).await;
            let again = match &answered {
                Err(_) => true,
                Ok((status, again, _)) => again.unwrap_or(matches!(status, 409 | 429 | 500..)),
            };
            if again && attempt < TRIES {
                tokio::time::sleep(jitter(attempt + 2)).await;
                continue;
            }
            let (status, _, bytes) = answered?;
            if status == 200 {
                return serde_json::from_slice(&bytes).map_err(|_| StripeError::Refused {
                    status,
                    code: None,
                    param: None,
                });
            }
            let Answer { error: AnswerError { code, param, message } } =
                serde_json::from_slice(&bytes).unwrap_or_default();
            // Stripe mentions the mode that has it: it exists there, out of reach of this key. A
            // customer of the other mode is replaced like one that is gone.
            let elsewhere = message.is_some_and(|text| text.contains("similar object exists"));
            let replaced = method == "POST" && param.as_deref() == Some("customer");
            if code.as_deref() == Some("resource_missing") && elsewhere && !replaced {
                return Err(StripeError::OtherKey);
            }
            return Err(StripeError::Refused { status, code, param });
        }
    }

    /// The status, whether Stripe says to try again, and the body.
    async fn send(&self, call: HttpRequest) -> Result<(u16, Option<bool>, Vec<u8>), StripeError> {
        let plain = self.url.starts_with("http://");
        let answer = if plain { in_the_clear().call(call) } else { over_tls().call(call) };
        let answer = timeout(ANSWER, answer)
            .await
            .map_err(|_| StripeError::Unreachable)?
            .map_err(|_| StripeError::Unreachable)?;
        let status = answer.status().as_u16();
        let again = answer.headers().get("stripe-should-retry").map(|value| value == "true");
        let (mut body, mut bytes) = (ByteStream::new(answer.into_body()), Vec::new());
        let read = async {
            while let Some(piece) = body.next().await {
                bytes.extend_from_slice(&piece.map_err(|_| StripeError::Unreachable)?);
                if bytes.len() > MAX_SIZE {
                    return Err(StripeError::Refused { status, code: None, param: None });
                }
            }
            Ok(())
        };
        timeout(ANSWER, read).await.map_err(|_| StripeError::Unreachable)??;
        Ok((status, again, bytes))
    }
}

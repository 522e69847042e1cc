//! The source of private keys: SSM parameters on AWS, files in the local stack. Each key is read on
//! first use, and only by the functions that have permission.
//!
//! Keys are rotated while functions run, so each is read again every few minutes. The exception is
//! the key that seals cursors, since clients do not keep cursors. Two keys are Stripe's: the secret
//! of its webhook and the key to its API. One is the password of a mail server. A deployment may
//! lack these.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use provost_auth::{
    Purpose, Signer, Verifier,
    keys::{InvalidKey, PublicKeys},
    webhook::WebhookSecrets,
};
use provost_domain::{Timestamp, time::MINUTE};
use provost_store::{StoreError, aws::Aws, buckets::SealingKey, signed::Request};
use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use crate::{ConfigError, Settings};

/// The private keys.
#[derive(Clone)]
pub struct KeySource {
    from: From,
    cache: Arc<Cache>,
    watch: Option<Watch>,
}

/// Called with the name of each key that is requested, whether or not it is cached.
pub type Watch = Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Clone)]
enum From {
    Ssm { aws: Aws, prefix: String },
    Directory(PathBuf),
    Given(Arc<BTreeMap<String, String>>),
}

#[derive(Default)]
struct Cache {
    session: Cached<Signer>,
    link: Cached<Signer>,
    receipt: Cached<Signer>,
    audit: Cached<Signer>,
    cursor: OnceCell<[u8; 32]>,
    storage: OnceCell<[u8; 32]>,
    webhook: Cached<WebhookSecrets>,
    stripe: Cached<ApiKey>,
    smtp: Cached<ApiKey>,
}

/// The response for a parameter, reduced to the fields that are used.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answered {
    parameter: Parameter,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    value: String,
}

/// The last value read and when; `None` when the key does not exist.
type Cached<T> = Mutex<Option<(Timestamp, Option<T>)>>;

/// A key to a third-party API, or the password of a mail server.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key itself, for the one request that needs it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySource")
    }
}

/// The name of the key that seals cursors: 32 bytes in base64.
pub const CURSOR: &str = "cursor";
/// The name of the key that seals the secrets of storage buckets: 32 bytes in base64.
pub const STORAGE: &str = "storage";
/// The name of the secret of Stripe's webhook; during a rotation it holds two, separated by a
/// space.
pub const STRIPE_WEBHOOK: &str = "stripe-webhook";
/// The name of the key to Stripe's API.
pub const STRIPE_API: &str = "stripe-api";
/// The name of the password of the mail server.
pub const SMTP_PASSWORD: &str = "smtp-password";
/// How long a key is cached, in milliseconds. A rotation waits this long
/// (`infra/deploy/rotate.sh`).
pub const KEY_CACHE: i64 = 5 * MINUTE;

impl KeySource {
    /// Keys given in memory, by name.
    pub fn given(keys: BTreeMap<String, String>) -> Self {
        Self { from: From::Given(Arc::new(keys)), cache: Arc::default(), watch: None }
    }

    /// The same, with an observer of the keys that are requested.
    #[must_use]
    pub fn watched(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    fn asked_for(&self, name: &str) {
        if let Some(watch) = &self.watch {
            watch(name);
        }
    }

    /// Generates keys for every purpose.
    ///
    /// # Errors
    /// [`InvalidKey`] when the system provides no randomness.
    pub fn generate() -> Result<BTreeMap<String, String>, InvalidKey> {
        let mut keys = BTreeMap::new();
        for purpose in Purpose::ALL {
            keys.insert(purpose.as_str().to_owned(), provost_auth::keys::generate()?);
        }
        for name in [CURSOR, STORAGE] {
            let key = provost_auth::secret::bytes::<32>()
                .map_err(|_| InvalidKey("the system gives no randomness"))?;
            keys.insert(name.to_owned(), BASE64.encode(key));
        }
        Ok(keys)
    }

    /// The public halves of a set of keys, for the setting `PUBLIC_KEYS`.
    ///
    /// # Errors
    /// [`InvalidKey`] when a key is invalid.
    pub fn public(keys: &BTreeMap<String, String>) -> Result<PublicKeys, InvalidKey> {
        let mut public = PublicKeys::default();
        for purpose in Purpose::ALL {
            if let Some(private) = keys.get(purpose.as_str()) {
                public.keys.push(Signer::read(purpose, private)?.public().clone());
            }
        }
        Ok(public)
    }

    pub(crate) fn from_settings(settings: &Settings, aws: &Aws) -> Result<Self, ConfigError> {
        let from = match (settings.get("KEYS_DIRECTORY"), settings.get("KEYS_PARAMETER_PREFIX")) {
            (Some(directory), _) => From::Directory(PathBuf::from(directory)),
            (None, Some(prefix)) => {
                From::Ssm { aws: aws.clone(), prefix: prefix.trim_end_matches('/').to_owned() }
            }
            (None, None) => {
                return Err(ConfigError {
                    name: "KEYS_PARAMETER_PREFIX",
                    problem: "is missing".to_owned(),
                });
            }
        };
        Ok(Self { from, cache: Arc::default(), watch: None })
    }

    /// The public halves: from the setting `PUBLIC_KEYS`, so that a cold start makes no request;
    /// derived only where the private halves are available locally.
    pub(crate) fn verifier(&self, settings: &Settings) -> Result<Verifier, ConfigError> {
        let bad = |problem: String| ConfigError { name: "PUBLIC_KEYS", problem };
        let public = match (settings.get("PUBLIC_KEYS"), &self.from) {
            (Some(text), _) => {
                serde_json::from_str(text).map_err(|_| bad("is no JSON Web Key Set".to_owned()))?
            }
            (None, From::Given(keys)) => {
                Self::public(keys).map_err(|error| bad(error.to_string()))?
            }
            (None, From::Directory(directory)) => {
                let mut keys = BTreeMap::new();
                for purpose in Purpose::ALL {
                    let text = std::fs::read_to_string(directory.join(purpose.as_str())).map_err(
                        |_| bad(format!("is missing, and so is the key {}", purpose.as_str())),
                    )?;
                    keys.insert(purpose.as_str().to_owned(), text);
                }
                Self::public(&keys).map_err(|error| bad(error.to_string()))?
            }
            (None, From::Ssm { .. }) => return Err(bad("is missing".to_owned())),
        };
        Verifier::new(public).map_err(|error| bad(error.to_string()))
    }

    /// The private half for a purpose. A cached key stays in use while it cannot be read again.
    ///
    /// # Errors
    /// `Unavailable` when it was never read and cannot be read now.
    pub async fn signer(&self, purpose: Purpose, now: Timestamp) -> Result<Signer, StoreError> {
        let cached = match purpose {
            Purpose::Session => &self.cache.session,
            Purpose::Link => &self.cache.link,
            Purpose::Receipt => &self.cache.receipt,
            Purpose::Audit => &self.cache.audit,
        };
        let read = |text: String| {
            Signer::read(purpose, &text)
                .map_err(|cause| StoreError::unavailable("reading a signing key", cause))
        };
        match self.cached(cached, purpose.as_str(), now, read).await {
            Ok(signer) => {
                signer.ok_or_else(|| StoreError::unavailable("reading a key", "there is none"))
            }
            Err(error) => {
                cached.lock().await.as_ref().and_then(|(_, signer)| signer.clone()).ok_or(error)
            }
        }
    }

    /// The key that seals cursors.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn cursor(&self) -> Result<[u8; 32], StoreError> {
        self.sealing(CURSOR, &self.cache.cursor).await
    }

    /// The key that seals the secrets of storage buckets. On AWS it is an SSM `SecureString`, which
    /// KMS encrypts; elsewhere a file.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn storage(&self) -> Result<SealingKey, StoreError> {
        self.sealing(STORAGE, &self.cache.storage).await.map(SealingKey::new)
    }

    /// A key of 32 bytes.
    async fn sealing(
        &self,
        name: &'static str,
        cached: &OnceCell<[u8; 32]>,
    ) -> Result<[u8; 32], StoreError> {
        self.asked_for(name);
        let read = async || {
            let bytes = BASE64
                .decode(self.read(name).await?.trim())
                .map_err(|cause| StoreError::unavailable("reading a sealing key", cause))?;
            bytes.try_into().map_err(|_| {
                StoreError::unavailable("reading a sealing key", "it has not 32 bytes")
            })
        };
        cached.get_or_try_init(read).await.copied()
    }

    /// The secrets with which Stripe signs its webhooks; `None` where Stripe is not used.
    ///
    /// # Errors
    /// `Unavailable` when they cannot be read.
    pub async fn webhook_secrets(
        &self,
        now: Timestamp,
    ) -> Result<Option<WebhookSecrets>, StoreError> {
        let read = |text: String| {
            WebhookSecrets::read(&text)
                .map_err(|cause| StoreError::unavailable("reading the webhook's secret", cause))
        };
        self.cached(&self.cache.webhook, STRIPE_WEBHOOK, now, read).await
    }

    /// The key to Stripe's API; `None` where Stripe is not used.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn stripe_key(&self, now: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        self.cached(&self.cache.stripe, STRIPE_API, now, |text| Ok(ApiKey(text.trim().to_owned())))
            .await
    }

    /// The password of the mail server; `None` where no mail server is used.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn smtp_password(&self, now: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        let read = |text: String| Ok(ApiKey(text.trim_end_matches(['\r', '\n']).to_owned()));
        self.cached(&self.cache.smtp, SMTP_PASSWORD, now, read).await
    }

    async fn cached<T: Clone>(
        &self,
        cached: &Cached<T>,
        name: &str,
        now: Timestamp,
        read: impl FnOnce(String) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.asked_for(name);
        let mut cached = cached.lock().await;
        if let Some((since, value)) = &*cached
            && (0..KEY_CACHE).contains(&now.since(*since))
        {
            return Ok(value.clone());
        }
        let value =
            self.find(name).await?.filter(|text| !text.trim().is_empty()).map(read).transpose()?;
        *cached = Some((now, value.clone()));
        Ok(value)
    }

    async fn read(&self, name: &str) -> Result<String, StoreError> {
        self.find(name)
            .await?
            .ok_or_else(|| StoreError::unavailable("reading a key", "there is none"))
    }

    /// A key by its name; `None` when it does not exist.
    async fn find(&self, name: &str) -> Result<Option<String>, StoreError> {
        match &self.from {
            From::Given(keys) => Ok(keys.get(name).cloned()),
            From::Directory(directory) => match std::fs::read_to_string(directory.join(name)) {
                Ok(text) => Ok(Some(text)),
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(cause) => Err(StoreError::unavailable("reading a key", cause)),
            },
            From::Ssm { aws, prefix } => {
                match Request::parameter(aws, &format!("{prefix}/{name}")).send(aws).await {
                    Ok(answer) => {
                        let answer: Answered = serde_json::from_slice(&answer)
                            .map_err(|cause| StoreError::unavailable("reading a key", cause))?;
                        Ok(Some(answer.parameter.value))
                    }
                    Err(error)
                        if error
                            .as_service_error()
                            .is_some_and(|refused| refused.code == "ParameterNotFound") =>
                    {
                        Ok(None)
                    }
                    Err(cause) => Err(StoreError::unavailable("reading a key", cause)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

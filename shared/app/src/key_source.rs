//! Where private keys come from: SSM parameters on AWS, files in the local stack. Each is read when it is first needed, and only by the functions that may.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use provost_auth::{
    Purpose, Signer, Verifier,
    keys::{BadKey, PublicKeys},
};
use provost_store::{Lazy, StoreError};
use tokio::sync::OnceCell;

use crate::{BadSetting, Settings, clients::Clients};

/// The private keys.
#[derive(Clone)]
pub struct KeySource {
    from: From,
    cache: Arc<Cache>,
}

#[derive(Clone)]
enum From {
    Ssm { client: Lazy<aws_sdk_ssm::Client>, prefix: String },
    Directory(PathBuf),
    Given(Arc<BTreeMap<String, String>>),
}

#[derive(Default)]
struct Cache {
    session: OnceCell<Signer>,
    link: OnceCell<Signer>,
    receipt: OnceCell<Signer>,
    cursor: OnceCell<[u8; 32]>,
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySource")
    }
}

/// The name of the key that seals cursors: 32 bytes in base64.
pub const CURSOR: &str = "cursor";

impl KeySource {
    /// Keys given in memory, by name.
    pub fn given(keys: BTreeMap<String, String>) -> Self {
        Self { from: From::Given(Arc::new(keys)), cache: Arc::default() }
    }

    /// New keys for every purpose.
    ///
    /// # Errors
    /// [`BadKey`] when the system gives no randomness.
    pub fn generate() -> Result<BTreeMap<String, String>, BadKey> {
        let mut keys = BTreeMap::new();
        for purpose in Purpose::ALL {
            keys.insert(purpose.as_str().to_owned(), provost_auth::keys::generate()?);
        }
        let cursor = provost_auth::secret::bytes::<32>().map_err(|_| BadKey("the system gives no randomness"))?;
        keys.insert(CURSOR.to_owned(), BASE64.encode(cursor));
        Ok(keys)
    }

    /// The public halves of a set of keys, for the setting `PUBLIC_KEYS`.
    ///
    /// # Errors
    /// [`BadKey`] when one is no key.
    pub fn public(keys: &BTreeMap<String, String>) -> Result<PublicKeys, BadKey> {
        let mut public = PublicKeys::default();
        for purpose in Purpose::ALL {
            if let Some(private) = keys.get(purpose.as_str()) {
                public.keys.push(Signer::read(purpose, private)?.public().clone());
            }
        }
        Ok(public)
    }

    pub(crate) fn from_settings(settings: &Settings, clients: &Clients) -> Result<Self, BadSetting> {
        let from = match (settings.get("KEYS_DIRECTORY"), settings.get("KEYS_PARAMETER_PREFIX")) {
            (Some(directory), _) => From::Directory(PathBuf::from(directory)),
            (None, Some(prefix)) => From::Ssm { client: clients.ssm.clone(), prefix: prefix.trim_end_matches('/').to_owned() },
            (None, None) => return Err(BadSetting { name: "KEYS_PARAMETER_PREFIX", problem: "is missing".to_owned() }),
        };
        Ok(Self { from, cache: Arc::default() })
    }

    /// The public halves: from the setting `PUBLIC_KEYS`, so that a cold start asks nobody; derived only where the private halves lie at hand.
    pub(crate) fn verifier(&self, settings: &Settings) -> Result<Verifier, BadSetting> {
        let bad = |problem: String| BadSetting { name: "PUBLIC_KEYS", problem };
        let public = match (settings.get("PUBLIC_KEYS"), &self.from) {
            (Some(text), _) => serde_json::from_str(text).map_err(|_| bad("is no JSON Web Key Set".to_owned()))?,
            (None, From::Given(keys)) => Self::public(keys).map_err(|error| bad(error.to_string()))?,
            (None, From::Directory(directory)) => {
                let mut keys = BTreeMap::new();
                for purpose in Purpose::ALL {
                    let text = std::fs::read_to_string(directory.join(purpose.as_str()))
                        .map_err(|_| bad(format!("is missing, and so is the key {}", purpose.as_str())))?;
                    keys.insert(purpose.as_str().to_owned(), text);
                }
                Self::public(&keys).map_err(|error| bad(error.to_string()))?
            }
            (None, From::Ssm { .. }) => return Err(bad("is missing".to_owned())),
        };
        Verifier::new(public).map_err(|error| bad(error.to_string()))
    }

    /// The private half for a purpose.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn signer(&self, purpose: Purpose) -> Result<Signer, StoreError> {
        let cell = match purpose {
            Purpose::Session => &self.cache.session,
            Purpose::Link => &self.cache.link,
            Purpose::Receipt => &self.cache.receipt,
        };
        let read = async || {
            let text = self.read(purpose.as_str()).await?;
            Signer::read(purpose, &text).map_err(|cause| StoreError::unavailable("reading a signing key", cause))
        };
        cell.get_or_try_init(read).await.cloned()
    }

    /// The key that seals cursors.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be read.
    pub async fn cursor(&self) -> Result<[u8; 32], StoreError> {
        let read = async || {
            let bytes =
                BASE64.decode(self.read(CURSOR).await?.trim()).map_err(|cause| StoreError::unavailable("reading the cursor key", cause))?;
            bytes.try_into().map_err(|_| StoreError::unavailable("reading the cursor key", "it has not 32 bytes"))
        };
        self.cache.cursor.get_or_try_init(read).await.copied()
    }

    async fn read(&self, name: &str) -> Result<String, StoreError> {
        match &self.from {
            From::Given(keys) => keys.get(name).cloned().ok_or_else(|| StoreError::unavailable("reading a key", "it was not given")),
            From::Directory(directory) => {
                std::fs::read_to_string(directory.join(name)).map_err(|cause| StoreError::unavailable("reading a key", cause))
            }
            From::Ssm { client, prefix } => {
                let call = client.get_parameter().name(format!("{prefix}/{name}")).with_decryption(true);
                let answer = call.send().await.map_err(|cause| StoreError::unavailable("reading a key", cause))?;
                answer
                    .parameter
                    .and_then(|parameter| parameter.value)
                    .ok_or_else(|| StoreError::unavailable("reading a key", "the parameter is empty"))
            }
        }
    }
}

//! Signing keys: Ed25519, one pair for each purpose. Functions that only verify hold only the
//! public halves.
//!
//! A key is valid for its own purpose only. The key id names the purpose, so a link cannot be used
//! as a session.

use std::{collections::HashMap, fmt};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use provost_merkle::checkpoint::LogKey;
use serde::{Deserialize, Serialize};

use crate::accepted::Accepted;

/// The purpose of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Access tokens.
    Session,
    /// Links in emails.
    Link,
    /// Receipts of erasures.
    Receipt,
    /// Checkpoints of the audit log.
    Audit,
}

/// The name of the audit log, which its checkpoints and the keys that sign them carry.
pub const AUDIT_LOG: &str = "provost/audit-log";

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 4] = [Self::Session, Self::Link, Self::Receipt, Self::Audit];

    /// Its name: the prefix of the key id, and the name of the parameter that holds the private
    /// half.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Link => "link",
            Self::Receipt => "receipt",
            Self::Audit => "audit",
        }
    }

    /// The purpose of the key with this id: the id begins with the purpose and a dash.
    pub fn of_key_id(kid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| {
            kid.strip_prefix(purpose.as_str()).is_some_and(|rest| rest.starts_with('-'))
        })
    }

    /// The `typ` of its tokens, so that one kind cannot be mistaken for another (RFC 8725 §3.11).
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Session => "at+jwt",
            Self::Link => "link+jwt",
            Self::Receipt => "receipt+jwt",
            // Checkpoints are no tokens; nothing accepts this.
            Self::Audit => "audit+jwt",
        }
    }
}

/// A public key as JSON Web Key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// The key type, `OKP`.
    pub kty: String,
    /// The curve, `Ed25519`.
    pub crv: String,
    /// The algorithm, `EdDSA`.
    pub alg: String,
    /// The key id: the purpose, a dash, and the first characters of the key's thumbprint.
    pub kid: String,
    /// The public key itself.
    pub x: String,
}

impl PublicKey {
    /// The purpose of the key; `None` when its id names none.
    pub fn purpose(&self) -> Option<Purpose> {
        Purpose::of_key_id(&self.kid)
    }

    /// The key with which a checkpoint of the audit log is verified; `None` for a key of another
    /// purpose.
    pub fn log_key(&self) -> Option<LogKey> {
        if self.purpose() != Some(Purpose::Audit) {
            return None;
        }
        let public = URL_SAFE_NO_PAD.decode(&self.x).ok()?.try_into().ok()?;
        Some(LogKey { name: AUDIT_LOG.to_owned(), public })
    }
}

/// A set of public keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeys {
    /// The keys; an older one stays until its last token has expired.
    pub keys: Vec<PublicKey>,
}

/// A key could not be read or generated.
#[derive(Debug, thiserror::Error)]
#[error("a signing key could not be used: {0}")]
pub struct InvalidKey(pub &'static str);

/// The private half of a key.
#[derive(Clone)]
pub struct Signer {
    purpose: Purpose,
    public: PublicKey,
    key: EncodingKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public.kid)
    }
}

impl Signer {
    /// Reads a private key: base64 of PKCS #8 (RFC 8410).
    ///
    /// # Errors
    /// [`InvalidKey`] when the text is not such a key.
    pub fn read(purpose: Purpose, private: &str) -> Result<Self, InvalidKey> {
        let der = BASE64
            .decode(private.trim())
            .map_err(|_| InvalidKey("the private key is no base64"))?;
        let pair = Ed25519KeyPair::from_pkcs8(&der)
            .map_err(|_| InvalidKey("the private key is no Ed25519 key in PKCS #8"))?;
        let point = pair.public_key().as_ref();
        let thumbprint = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, point));
        let public = PublicKey {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            alg: "EdDSA".into(),
            kid: format!("{}-{}", purpose.as_str(), &thumbprint[..12]),
            x: URL_SAFE_NO_PAD.encode(point),
        };
        Ok(Self { purpose, public, key: EncodingKey::from_ed_der(&der) })
    }

    /// The purpose.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature of a message that is not a token, 64 bytes.
    ///
    /// # Errors
    /// [`InvalidKey`] when it cannot be signed.
    pub fn sign_message(&self, message: &[u8]) -> Result<Vec<u8>, InvalidKey> {
        jsonwebtoken::crypto::sign(message, &self.key, Algorithm::EdDSA)
            .ok()
            .and_then(|signature| URL_SAFE_NO_PAD.decode(signature).ok())
            .ok_or(InvalidKey("a message cannot be signed"))
    }

    pub(crate) const fn key(&self) -> &EncodingKey {
        &self.key
    }
}

/// Generates a private key: base64 of PKCS #8.
///
/// # Errors
/// [`InvalidKey`] when the system provides no randomness.
pub fn generate() -> Result<String, InvalidKey> {
    let pair =
        Ed25519KeyPair::generate().map_err(|_| InvalidKey("the system gives no randomness"))?;
    let der = pair.to_pkcs8v1().map_err(|_| InvalidKey("the key has no PKCS #8 form"))?;
    Ok(BASE64.encode(der.as_ref()))
}

/// The public halves, by key id.
#[derive(Clone, Default)]
pub struct Verifier {
    pub(crate) accepted: Accepted,
    keys: HashMap<String, DecodingKey>,
    public: PublicKeys,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.keys()).finish()
    }
}

impl Verifier {
    /// Creates a verifier from a set of public keys.
    ///
    /// # Errors
    /// [`InvalidKey`] when one of them is not an Ed25519 key.
    pub fn new(public: PublicKeys) -> Result<Self, InvalidKey> {
        let mut keys = HashMap::new();
        for key in &public.keys {
            if key.kty != "OKP" || key.crv != "Ed25519" {
                return Err(InvalidKey("a public key is no Ed25519 key"));
            }
            keys.insert(
                key.kid.clone(),
                DecodingKey::from_ed_components(&key.x)
                    .map_err(|_| InvalidKey("a public key is no base64url"))?,
            );
        }
        Ok(Self { accepted: Accepted::default(), keys, public })
    }

    /// The set of public keys.
    pub const fn public(&self) -> &PublicKeys {
        &self.public
    }

    /// The keys with which checkpoints of the audit log are verified.
    pub fn log_keys(&self) -> Vec<LogKey> {
        self.public.keys.iter().filter_map(PublicKey::log_key).collect()
    }

    /// The key with this id, if it is for this purpose.
    pub(crate) fn key(&self, purpose: Purpose, kid: &str) -> Option<&DecodingKey> {
        if Purpose::of_key_id(kid) == Some(purpose) { self.keys.get(kid) } else { None }
    }
}

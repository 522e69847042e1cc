//! Keys of an archive: the public key that it is encrypted to, and the secret key that decrypts it.

use std::fmt;
use std::str::FromStr;

use age::secrecy::ExposeSecret;

use crate::{Error, Result};

/// The public half of an age key (`age1…`). It is not secret and may be stored and shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(age::x25519::Recipient);

impl Recipient {
    /// Parses a recipient as printed by `age-keygen`; white space around it is ignored.
    ///
    /// # Errors
    /// [`Error::BadRecipient`] for anything but an X25519 recipient: plugin and SSH recipients are
    /// not supported.
    pub fn parse(text: &str) -> Result<Self> {
        age::x25519::Recipient::from_str(text.trim()).map(Self).map_err(|_| Error::BadRecipient)
    }

    pub(crate) fn as_age(&self) -> &dyn age::Recipient {
        &self.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.0)
    }
}

impl FromStr for Recipient {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// The secret half of an age key. It is wiped from memory when dropped, cannot be serialised or
/// cloned, and prints as `Identity(…)`.
pub struct Identity(age::x25519::Identity);

impl Identity {
    /// Generates a new key from the system's random source.
    #[must_use]
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// Parses an identity: the bare key, or a key file of `age-keygen` with its comment lines and
    /// one key.
    ///
    /// # Errors
    /// [`Error::BadIdentity`] when there is no X25519 key in the text, or more than one.
    pub fn parse(text: &str) -> Result<Self> {
        let mut keys =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(Error::BadIdentity);
        };
        age::x25519::Identity::from_str(key).map(Self).map_err(|_| Error::BadIdentity)
    }

    /// The public half, to encrypt to.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// Passes the key's text (`AGE-SECRET-KEY-1…`) to `show`, and wipes it afterwards.
    ///
    /// The caller must protect whatever `show` copies: put it only into the response that shows the
    /// key.
    pub fn reveal<T>(&self, show: impl FnOnce(&str) -> T) -> T {
        show(self.0.to_string().expose_secret())
    }

    pub(crate) fn as_age(&self) -> &dyn age::Identity {
        &self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

//! Keys of an archive: the public key that it is encrypted to, and the secret key that decrypts it.

use std::fmt;
use std::str::FromStr;

use age::secrecy::ExposeSecret;

use crate::{Error, Result};

/// Maximum number of recipients. Each adds about 200 bytes to the header, and work for everyone who
/// opens the archive.
pub(crate) const MAX_RECIPIENTS: usize = 20;

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

/// A list of recipients cannot be used: the field that is wrong, a stable code, and a sentence that
/// says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRecipients {
    /// `recipients`, or one of them: `recipients[2]`.
    pub field: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// The recipients of an archive, without duplicates and in the given order; without any, a key pair
/// is generated, whose secret key is the second value.
///
/// # Errors
/// [`InvalidRecipients`] for an empty list, too many recipients, or one that is no age public key.
pub fn choose_recipients(
    given: Option<&[String]>,
) -> std::result::Result<(Vec<String>, Option<String>), InvalidRecipients> {
    let Some(given) = given else {
        let identity = Identity::generate();
        return Ok((vec![identity.recipient().to_string()], Some(identity.reveal(str::to_owned))));
    };
    let wrong = |field: String, code, message: String| InvalidRecipients { field, code, message };
    if given.is_empty() {
        let message = "The list of recipients is empty. Send at least one age public key, or omit the field to get a new key pair.";
        return Err(wrong("recipients".to_owned(), "empty", message.to_owned()));
    }
    if given.len() > MAX_RECIPIENTS {
        let message =
            format!("There are too many recipients. Send at most {MAX_RECIPIENTS} recipients.");
        return Err(wrong("recipients".to_owned(), "too_many", message));
    }
    let mut recipients: Vec<String> = Vec::new();
    for (position, text) in given.iter().enumerate() {
        let recipient = Recipient::parse(text).map_err(|_| {
            let message = "This is not an age public key. Enter the public key that age-keygen prints, which begins with age1.";
            wrong(format!("recipients[{position}]"), "invalid", message.to_owned())
        })?;
        let recipient = recipient.to_string();
        if !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
    }
    Ok((recipients, None))
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

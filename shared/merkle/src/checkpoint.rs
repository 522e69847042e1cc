//! Checkpoints: the size and the root of a log, as a text with signatures (C2SP tlog-checkpoint in
//! a C2SP signed-note). The signatures are Ed25519.

use std::{fmt, str::FromStr};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ED25519, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::hash::Hash;

/// Begins the line of a signature: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";
/// The type of an Ed25519 key in a signed note.
const ED25519_TYPE: u8 = 1;
/// The maximum length of a checkpoint with its signatures, in bytes.
const MAX_LENGTH: usize = 16_384;

/// The state of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

/// A text is not a checkpoint, a key, or not signed by the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text has another form.
    #[error("the text is not a signed checkpoint")]
    Malformed,
    /// The text of a key has another form.
    #[error("the text is not an Ed25519 key of a signed note")]
    MalformedKey,
    /// None of the keys has signed it.
    #[error("the checkpoint is not signed by any of these keys")]
    NotSigned,
}

/// The public key of a log. Its text form is `name+id+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    /// The name of the key: that of the log.
    pub name: String,
    /// The Ed25519 public key.
    pub public: [u8; 32],
}

impl LogKey {
    /// The first bytes of the digest of name, type and key, which stand before each signature.
    pub fn id(&self) -> [u8; 4] {
        let text = [self.name.as_bytes(), &[b'\n', ED25519_TYPE], &self.public].concat();
        let mut id = [0; 4];
        id.copy_from_slice(digest(&SHA256, &text).as_ref().get(..4).unwrap_or(&[0; 4]));
        id
    }

    fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        signature.split_at_checked(4).is_some_and(|(id, signature)| {
            *id == self.id()
                && UnparsedPublicKey::new(&ED25519, self.public)
                    .verify(text.as_bytes(), signature)
                    .is_ok()
        })
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519_TYPE], self.public.as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id()), BASE64.encode(key))
    }
}

impl FromStr for LogKey {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let read = || {
            let (name, rest) = text.split_once('+')?;
            let (id, key) = rest.split_once('+')?;
            let key = BASE64.decode(key).ok()?;
            let (kind, public) = key.split_first()?;
            let public = public.try_into().ok()?;
            let read = Self { name: name.to_owned(), public };
            let same_id = format!("{:08x}", u32::from_be_bytes(read.id())) == id;
            (is_name(name) && *kind == ED25519_TYPE && same_id).then_some(read)
        };
        read().ok_or(CheckpointError::MalformedKey)
    }
}

/// Whether a text can be the name of a log and its key.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// The checkpoint with a signature. `sign` signs with the private half of the key; the result
    /// has 64 bytes.
    ///
    /// # Errors
    /// Those of `sign`.
    pub fn signed<E>(
        &self,
        key: &LogKey,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<String, E> {
        let text = self.text();
        let signature = [key.id().as_slice(), &sign(text.as_bytes())?].concat();
        Ok(format!("{text}\n{SIGNATURE}{} {}\n", key.name, BASE64.encode(signature)))
    }

    /// Reads a signed checkpoint and verifies that at least one of the keys has signed it, under the
    /// name of the log.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is malformed or not signed by any of the keys.
    pub fn verified(note: &str, keys: &[LogKey]) -> Result<Self, CheckpointError> {
        let (checkpoint, text, signatures) = Self::read(note).ok_or(CheckpointError::Malformed)?;
        let is_signed = signatures.iter().any(|(name, signature)| {
            keys.iter().any(|key| {
                key.name == *name
                    && key.name == checkpoint.origin
                    && key.has_signed(text, signature)
            })
        });
        if is_signed { Ok(checkpoint) } else { Err(CheckpointError::NotSigned) }
    }

    /// The checkpoint, the signed text and the signatures with the names of their keys.
    #[expect(clippy::type_complexity, reason = "used in one place")]
    fn read(note: &str) -> Option<(Self, &str, Vec<(&str, Vec<u8>)>)> {
        if note.len() > MAX_LENGTH {
            return None;
        }
        let (text, signatures) = note.split_at_checked(note.rfind("\n\n")? + 1)?;
        let signatures = signatures.strip_prefix('\n')?.strip_suffix('\n')?;
        let signatures = signatures.split('\n').map(|line| {
            let (name, signature) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
            Some((name, BASE64.decode(signature).ok()?))
        });
        let mut lines = text.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        // One form for each number, so that equal checkpoints have equal texts.
        if number.to_string() != size || origin.is_empty() {
            return None;
        }
        let checkpoint = Self { origin: origin.to_owned(), size: number, root: root.parse().ok()? };
        Some((checkpoint, text, signatures.collect::<Option<_>>()?))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    /// The key and the note of the specification's reference implementation (Go, `x/mod/sumdb/note`).
    const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const GO_SIGNATURE: &str = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    fn signed(checkpoint: &Checkpoint, name: &str) -> (String, LogKey) {
        let pair = Ed25519KeyPair::generate().unwrap();
        let public = pair.public_key().as_ref().try_into().unwrap();
        let key = LogKey { name: name.to_owned(), public };
        let sign = |text: &[u8]| Ok::<_, ()>(pair.sign(text).as_ref().to_vec());
        (checkpoint.signed(&key, sign).unwrap(), key)
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "example/log".to_owned(), size: 7, root: crate::leaf_hash(b"x") }
    }

    #[test]
    fn the_published_key_verifies_the_published_signature() {
        let key: LogKey = GO_KEY.parse().unwrap();
        assert_eq!(key.to_string(), GO_KEY);
        let signature = BASE64.decode(GO_SIGNATURE).unwrap();
        assert!(key.has_signed(GO_TEXT, &signature));
        assert!(!key.has_signed(&GO_TEXT.replace("answer", "Answer"), &signature));
    }

    #[test]
    fn a_signed_checkpoint_is_read_back_with_its_key_only() {
        let (note, key) = signed(&checkpoint(), "example/log");
        assert!(note.starts_with("example/log\n7\n"), "{note}");
        let read = Checkpoint::verified(&note, std::slice::from_ref(&key));
        assert_eq!(read, Ok(checkpoint()));
        let (_, other) = signed(&checkpoint(), "example/log");
        assert_eq!(
            Checkpoint::verified(&note, std::slice::from_ref(&other)),
            Err(CheckpointError::NotSigned)
        );
        assert_eq!(Checkpoint::verified(&note, &[other, key]), Ok(checkpoint()));
        let (of_another_log, key) = signed(&checkpoint(), "example/another");
        assert_eq!(Checkpoint::verified(&of_another_log, &[key]), Err(CheckpointError::NotSigned));
    }

    #[test]
    fn any_change_of_the_text_is_noticed() {
        let (note, key) = signed(&checkpoint(), "example/log");
        let keys = [key];
        for (index, byte) in note.bytes().enumerate() {
            let mut changed = note.clone().into_bytes();
            changed[index] = if byte == b'A' { b'B' } else { b'A' };
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(Checkpoint::verified(&changed, &keys).is_err(), "{changed}");
        }
        for changed in [
            note.replace("\n7\n", "\n07\n"),
            note.replace("\n7\n", "\n+7\n"),
            note.trim_end().to_owned(),
            note.replace("\n\n", "\n"),
            format!("{note}\n"),
            String::new(),
        ] {
            assert_eq!(
                Checkpoint::verified(&changed, &keys),
                Err(CheckpointError::Malformed),
                "{changed}"
            );
        }
    }

    #[test]
    fn a_key_has_one_text_form() {
        let (_, key) = signed(&checkpoint(), "example/log");
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key));
        for changed in [
            text.replace("example/log", "example/other"),
            text.replace("example/log", "example log"),
            text.replacen("+A", "+B", 1),
            String::new(),
        ] {
            assert_eq!(changed.parse::<LogKey>(), Err(CheckpointError::MalformedKey), "{changed}");
        }
    }
}

//! Secrets at rest: digests with constant-time comparison, and the encryption key of a user.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// The SHA-256 of a token. The token itself is never stored. There is no `==`: a comparison must
/// take constant time.
#[derive(Clone, Copy)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Whether both digests are equal, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// The first half of a digest: 128 bits, enough to make a collision infeasible, in half the space.
#[derive(Debug, Clone, Copy)]
pub struct HalfDigest(pub [u8; 16]);

impl HalfDigest {
    /// Whether both digests are equal, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Digest {
    /// The first half.
    pub fn half(&self) -> HalfDigest {
        let mut half = [0; 16];
        half.copy_from_slice(&self.0[..16]);
        HalfDigest(half)
    }
}

/// The key that encrypts a user's values in the audit log (AES-256-GCM). Destroying it makes them
/// permanently unreadable.
#[derive(Clone)]
pub struct SubjectKey(pub [u8; 32]);

macro_rules! as_base64 {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&BASE64.encode(self.0))
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                let bytes = BASE64.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
                bytes
                    .try_into()
                    .map(Self)
                    .map_err(|_| serde::de::Error::custom("a key or digest has 32 bytes"))
            }
        }
    };
}

as_base64!(Digest);
as_base64!(SubjectKey);

//! What the types of contacts share: a text in its normal form, which is validated when it is entered
//! and read back unchanged when it was stored.

use serde::Deserialize;

/// Why a contact was rejected: a sentence that says what to enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidContact(pub(super) &'static str);

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
        #[schemars(with = "String", extend $schema)]
        pub struct $name(String);

        impl $name {
            /// The normal form.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
        impl std::fmt::Debug for $name {
            // Personal data: a log line that prints it by mistake shows nothing.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(concat!(stringify!($name), "(…)")) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { serializer.serialize_str(&self.0) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl $crate::contact::Stored for $name {
            fn stored(text: String) -> Self { Self(text) }
        }
    };
}
pub(super) use text_type;

/// A contact as it was stored. It was valid under the rules of its time, and the key of its
/// uniqueness item is exactly this text. Stricter rules since then must not make the user
/// unreadable.
pub trait Stored {
    /// Takes the text unchanged.
    fn stored(text: String) -> Self;
}

/// Reads a stored contact, for `#[serde(deserialize_with)]`.
///
/// # Errors
/// When the value is not a string.
pub fn stored<'de, D: serde::Deserializer<'de>, T: Stored>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer).map(T::stored)
}

/// The same for an optional contact.
///
/// # Errors
/// When the value is not a string.
pub fn stored_option<'de, D: serde::Deserializer<'de>, T: Stored>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(T::stored))
}

//! Names of values in either spelling: `resolved` and `RESOLVED`, `user-banned` and `USER_BANNED`,
//! and the other names that clients use for some of them.

use provost_domain::stored_enum::StoredEnum;
use serde::{Deserialize, Deserializer, de::Error};

/// Other names of values.
const ALIASES: [(&str, &str); 4] = [
    ("pending", "open"),
    ("reviewing", "investigating"),
    ("banned", "user-banned"),
    ("warned", "user-warned"),
];

/// Reads a value in either spelling.
///
/// # Errors
/// A name that no known value has.
pub fn required<'de, T: StoredEnum, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    known(&text).ok_or_else(|| D::Error::unknown_variant(&text, T::NAMES))
}

/// Reads a value that may be absent, in either spelling.
///
/// # Errors
/// A name that no known value has.
pub fn optional<'de, T: StoredEnum, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    known(&text).map(Some).ok_or_else(|| D::Error::unknown_variant(&text, T::NAMES))
}

fn known<T: StoredEnum>(text: &str) -> Option<T> {
    let fold = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    let named = |wanted: &str| {
        let name = T::NAMES.iter().find(|name| fold(name) == fold(wanted))?;
        T::known(name)
    };
    named(text).or_else(|| {
        let (_, name) = ALIASES.iter().find(|(alias, _)| *alias == fold(text))?;
        named(name)
    })
}

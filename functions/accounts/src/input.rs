//! Input for an account: fields that a request may omit, clear or set.

use serde::{Deserialize, Deserializer};

/// Reads a field that may be absent (unchanged), null (removed) or a value.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

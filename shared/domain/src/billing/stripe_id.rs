//! Stripe ids: letters, digits and underscores, so they can be part of a key and of a path.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The text is not a Stripe id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a Stripe id. Use at most 255 letters, digits and underscores")]
pub struct InvalidStripeId;

/// Stripe id of a customer, subscription, invoice or event.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Za-z0-9_]{1,255}$"))]
pub struct StripeId(String);

impl FromStr for StripeId {
    type Err = InvalidStripeId;
    fn from_str(text: &str) -> Result<Self, InvalidStripeId> {
        let fits = (1..=255).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidStripeId) }
    }
}

impl TryFrom<String> for StripeId {
    type Error = InvalidStripeId;
    fn try_from(text: String) -> Result<Self, InvalidStripeId> {
        text.parse()
    }
}

impl From<StripeId> for String {
    fn from(id: StripeId) -> Self {
        id.0
    }
}

impl fmt::Display for StripeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StripeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_other_characters_is_not_a_stripe_id() {
        for text in
            ["", "sub/1", "..", "sub_1?x=1", "sub#1", "sub_\u{e9}", "sub 1", &"x".repeat(256)]
        {
            assert!(text.parse::<StripeId>().is_err(), "{text}");
        }
        assert_eq!(
            "sub_1NXa".parse::<StripeId>().map(|id| id.to_string()),
            Ok("sub_1NXa".to_owned())
        );
    }
}

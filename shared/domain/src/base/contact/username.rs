//! Usernames.

use std::str::FromStr;

use super::text_type::{InvalidContact, text_type};

text_type!(
    /// Username for sign-in and search: 3 to 64 lower-case letters, digits, `.`, `_` and `-`.
    Username, ("pattern" = "^[a-z0-9._-]{3,64}$")
);

impl FromStr for Username {
    type Err = InvalidContact;

    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        let good = (3..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidContact(
                "this is not a valid username. Use 3 to 64 lower-case letters, digits, dots, dashes or underscores",
            ))
        }
    }
}

//! External ids: what another system calls a user. They are compared code point by code point, so
//! upper and lower case differ, as they may in the other system.

use crate::{ApiError, text};

/// Maximum length of an external id, in characters.
pub const MAX_LENGTH: usize = 200;

/// Parses an external id: one line of 1 to 200 characters. Blanks around it are removed.
///
/// # Errors
/// `VALIDATION_FAILED` on `externalId` when it shows nothing, is too long or has an invisible
/// character.
pub fn parse(text: &str) -> Result<String, ApiError> {
    text::line("externalId", text, MAX_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_is_one_line_of_visible_characters() {
        for good in ["7", "sis:77", "Ä/ö 7", "https://sis.example/users/77", &"é".repeat(200)] {
            assert_eq!(parse(good).as_deref(), Ok(good));
        }
        assert_eq!(parse(" 000123 ").as_deref(), Ok("000123"));
        for bad in ["", "  ", "a\nb", "a\u{0}b", "a\u{200b}b", &"x".repeat(201)] {
            let refused = parse(bad).expect_err("not an external id");
            assert_eq!(refused.fields[0].field, "externalId", "{bad:?}");
        }
    }
}

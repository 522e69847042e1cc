//! Unique ids: short names of users for staff and other systems. They are compared without regard to
//! letter case, and a former one still finds its user.

use ulid::Ulid;

use crate::{ApiError, User};

/// Maximum number of former unique ids of a user. One more frees the oldest.
pub const MAX_FORMER: usize = 10;
/// Maximum length of a unique id, in characters.
pub const MAX_LENGTH: usize = 64;

/// The form in which unique ids are compared.
pub fn key(unique_id: &str) -> String {
    unique_id.to_ascii_uppercase()
}

/// Parses a unique id: 2 to 64 letters, digits, `.`, `_`, `/` and `-`, beginning with a letter or
/// digit.
///
/// # Errors
/// `VALIDATION_FAILED` on `uniqueId`.
pub fn parse(text: &str) -> Result<String, ApiError> {
    let good = (2..=MAX_LENGTH).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/-".contains(&b));
    if good {
        return Ok(text.to_owned());
    }
    Err(ApiError::field(
        "uniqueId",
        "invalid",
        "This unique id is not valid. Use 2 to 64 letters, digits, dots, dashes, underscores or slashes, and begin with a letter or digit.",
    ))
}

/// A new unique id: a prefix for the type of the user, eight random letters and digits, and a check
/// character (ISO 7064, MOD 37,36), by which a mistyped id is noticed.
pub fn generate(user: &User, random: Ulid) -> String {
    let prefix = if user.is_admin() {
        "ADM"
    } else if user.is_instructor {
        "INS"
    } else {
        "LRN"
    };
    let mut buffer = [0; ulid::ULID_LEN];
    // The last letters of a ULID are random.
    let random = random.array_to_str(&mut buffer)[18..].to_owned();
    let check = check_character(&format!("{prefix}{random}"));
    format!("{prefix}-{random}{check}")
}

/// The characters of ISO 7064 by their value.
const CHARACTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The check character of a text of upper-case letters and digits.
fn check_character(text: &str) -> char {
    let value = |byte| CHARACTERS.iter().position(|known| *known == byte).unwrap_or(0);
    let rest = text.bytes().fold(36, |rest, byte| {
        let sum = (rest + value(byte)) % 36;
        (if sum == 0 { 36 } else { sum } * 2) % 37
    });
    CHARACTERS.get((37 - rest) % 36).map_or('0', |byte| char::from(*byte))
}

impl User {
    /// Gives the user another unique id. Returns the one that it replaces, and a former one that no
    /// longer finds the user, because there are too many.
    pub fn take_unique_id(&mut self, unique_id: String, release: bool) -> (String, Vec<String>) {
        let earlier = std::mem::replace(&mut self.unique_id, unique_id);
        let mut released = Vec::new();
        self.former_unique_ids.retain(|former| key(former) != key(&self.unique_id));
        if key(&earlier) != key(&self.unique_id) {
            if release {
                released.push(earlier.clone());
            } else {
                self.former_unique_ids.push(earlier.clone());
            }
        }
        if self.former_unique_ids.len() > MAX_FORMER {
            released.push(self.former_unique_ids.remove(0));
        }
        (earlier, released)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_id_has_letters_digits_and_four_signs() {
        for good in ["EMP-1093", "a1", "LRN-0004K7Q2", "x/y", "2.0_b"] {
            assert_eq!(parse(good).as_deref(), Ok(good));
        }
        for bad in ["", "a", "-a1", "a b", "ä1", "a\u{200b}1", &"a".repeat(65)] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(key("Emp-1"), key("EMP-1"));
    }

    #[test]
    fn a_check_character_notices_a_wrong_and_two_swapped_characters() {
        // An identifier of the GRid standard, and an ISAN with its two check characters.
        assert_eq!(check_character("A12425GABC1234002"), 'M');
        assert_eq!(check_character("00000000C36D002B"), 'K');
        assert_eq!(check_character("00000000C36D002B00000000"), 'E');
        let right = check_character("LRN0004K7Q2");
        assert_ne!(right, check_character("LRN0004K7Q3"));
        assert_ne!(right, check_character("LRN000K47Q2"));
    }
}

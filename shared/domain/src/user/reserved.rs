//! Names that users cannot take, since they would seem to speak for the platform, be mistaken for a
//! part of it, or break programs that read them.

mod names;

use names::RESERVED;

use crate::ApiError;

/// A name without punctuation and case: `Ad-Min` and `ad_min` become `admin`.
fn folded(name: &str) -> String {
    crate::text::fold(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether a username or handle is reserved. The numbered hosts of a network (`ns1`, `mx2`, `www3`)
/// are included.
pub fn is_reserved(name: &str) -> bool {
    let folded = folded(name);
    let host = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = host.len() < folded.len()
        && matches!(
            host,
            "ns" | "mx" | "www" | "dns" | "mail" | "smtp" | "imap" | "pop" | "ftp" | "v"
        );
    numbered || RESERVED.binary_search(&folded.as_str()).is_ok()
}

/// Rejects a reserved name. Users who already have such a name keep it, so this is checked only
/// when a name is chosen.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`.
pub fn check(field: &'static str, name: &str) -> Result<(), ApiError> {
    if is_reserved(name) {
        Err(ApiError::field(field, "reserved", "This name is reserved. Choose another one."))
    } else {
        Ok(())
    }
}

/// Time for which a former username or handle stays reserved for its user, so that nobody can
/// impersonate them: 30 days, in milliseconds.
pub const HELD_FOR: i64 = 30 * crate::time::DAY;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_speak_for_the_platform_are_reserved_in_every_spelling() {
        for name in [
            "admin",
            "root",
            "api",
            "www",
            "support",
            "null",
            "a-d-m-i-n",
            "ad.min",
            "no-reply",
            "no_reply",
            "mailer-daemon",
            "undefined",
            "rootAdmin",
            "ns1",
            "www2",
            "v1",
            "well-known",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in [
            "ada",
            "apex-gaming",
            "administer-ada",
            "rooty",
            "nullpointer",
            "ada1815",
            "v1per",
            "www-ada",
        ] {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[test]
    fn the_list_is_sorted_without_duplicates() {
        assert!(RESERVED.is_sorted_by(|one, next| one < next));
    }
}

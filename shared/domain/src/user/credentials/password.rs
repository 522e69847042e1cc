//! The password policy.
//!
//! The built-in policy requires 8 to 128 characters with upper case, lower case, digit and symbol.
//! A deployment may replace it with the length-only rule of NIST SP 800-63B-4 §3.1.1.2 (at least 15
//! characters for a password without a second factor). Both reject common passwords and those that
//! contain the local part of the email address.

use std::borrow::Cow;

use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};

use crate::{ApiError, Email};

/// The form in which passwords are compared, independent of the keyboard (RFC 8265, 4.2,
/// `OpaqueString`): every space is the ASCII one, and letters are composed (NFC).
pub fn prepare(password: &str) -> Cow<'_, str> {
    if password.is_ascii() {
        return Cow::Borrowed(password);
    }
    let spaced: String = password.chars().map(|c| if is_space(c) { ' ' } else { c }).collect();
    Cow::Owned(ComposingNormalizer::new_nfc().normalize(&spaced).into_owned())
}

/// Whether a character is a space separator (general category Zs).
fn is_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// The text in composed form (NFC).
pub fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizer::new_nfc().normalize(text)
}

/// The text in decomposed form.
pub fn decomposed(text: &str) -> Cow<'_, str> {
    DecomposingNormalizer::new_nfd().normalize(text)
}

/// The text in the composed compatibility form (NFKC).
pub fn compatible(text: &str) -> Cow<'_, str> {
    ComposingNormalizer::new_nfkc().normalize(text)
}

/// A policy for new passwords.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PasswordPolicy {
    /// 8–128 characters with upper case, lower case, digit and symbol.
    #[default]
    Composed,
    /// 15–128 characters of any kind.
    LengthOnly,
}

/// Common passwords, in lower case and without common suffixes; candidates are compared after the
/// same folding.
const COMMON: &str = include_str!("common-passwords.txt");

impl PasswordPolicy {
    /// Checks a new password.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the field `password`, with a sentence that says what is required; it
    /// never contains the password.
    pub fn check(self, password: &str, email: &Email) -> Result<(), ApiError> {
        let refuse = |code, message: &str| Err(ApiError::field("password", code, message));
        let password = prepare(password);
        let length = password.chars().count();
        let least = match self {
            Self::Composed => 8,
            Self::LengthOnly => 15,
        };
        if length < least {
            return refuse(
                "too_short",
                &format!("This password is too short. Use at least {least} characters."),
            );
        }
        if length > 128 || password.len() > 512 {
            return refuse("too_long", "This password is too long. Use at most 128 characters.");
        }
        if self == Self::Composed {
            let has = |kind: fn(char) -> bool| password.chars().any(kind);
            let composed = has(char::is_uppercase)
                && has(char::is_lowercase)
                && has(|c| c.is_numeric())
                && has(|c| !c.is_alphanumeric());
            if !composed {
                return refuse(
                    "too_simple",
                    "This password is too simple. Use at least one upper-case letter, one lower-case letter, one digit and one symbol.",
                );
            }
        }
        let lower = password.to_lowercase();
        let local = email.local();
        if local.chars().count() >= 3 && lower.contains(local) {
            return refuse(
                "contains_email",
                "This password contains the name of your email address. Choose another password.",
            );
        }
        if is_common(&lower) {
            return refuse("common", "This password is too common. Choose another password.");
        }
        Ok(())
    }
}

/// Whether the password is on the list, either as it is or without digits and symbols at its ends
/// and with common letter substitutions undone.
fn is_common(lower: &str) -> bool {
    let unswapped: String = lower
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect();
    let ends = |c: char| !c.is_alphabetic();
    let candidates = [
        lower,
        lower.trim_matches(ends),
        unswapped.as_str(),
        unswapped.trim_matches(ends),
        lower.trim_end_matches(ends),
    ];
    COMMON.lines().any(|common| candidates.contains(&common))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(policy: PasswordPolicy, password: &str) -> Option<&'static str> {
        policy
            .check(password, &"ada@example.org".parse().unwrap())
            .err()
            .map(|refused| refused.fields[0].code)
    }

    #[test]
    fn a_strong_password_is_accepted_at_every_allowed_length() {
        assert_eq!(code(PasswordPolicy::Composed, "Wintry-9"), None);
        assert_eq!(code(PasswordPolicy::Composed, &format!("Wé9-{}", "x".repeat(124))), None);
        assert_eq!(code(PasswordPolicy::LengthOnly, "correct horse battery"), None);
    }

    #[test]
    fn a_weak_password_is_rejected_with_the_reason() {
        assert_eq!(code(PasswordPolicy::Composed, "Wint-9"), Some("too_short"));
        assert_eq!(code(PasswordPolicy::Composed, &"Wé9-".repeat(33)), Some("too_long"));
        assert_eq!(code(PasswordPolicy::Composed, "wintry-9"), Some("too_simple"));
        assert_eq!(code(PasswordPolicy::Composed, "Xy-9-ADA-xyz"), Some("contains_email"));
        assert_eq!(code(PasswordPolicy::Composed, "P@ssw0rd1!"), Some("common"));
        assert_eq!(
            code(PasswordPolicy::Composed, "Te\u{301}e\u{301}-9x"),
            Some("too_short"),
            "composed marks are not extra characters"
        );
        assert_eq!(code(PasswordPolicy::Composed, "Qwerty123!"), Some("common"));
        assert_eq!(
            code(PasswordPolicy::LengthOnly, "short of fifteen"[..14].as_ref()),
            Some("too_short")
        );
    }
}

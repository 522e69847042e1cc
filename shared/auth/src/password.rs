//! Passwords at rest: Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet; RFC 9106), a salt of 16 random bytes, written in PHC form.

use std::borrow::Cow;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use provost_domain::password::{composed, decomposed, prepare};
use subtle::ConstantTimeEq;

use crate::secret::{NoRandomness, bytes};

/// KiB of memory.
const MEMORY: u32 = 19 * 1024;
/// Passes.
const PASSES: u32 = 2;
/// Bytes of the hash.
const LENGTH: usize = 32;

fn argon2() -> Option<Argon2<'static>> {
    Params::new(MEMORY, PASSES, 1, Some(LENGTH)).ok().map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password in the form in which passwords are compared.
///
/// # Errors
/// [`NoRandomness`] if the salt cannot be generated.
pub fn hash(password: &str) -> Result<String, NoRandomness> {
    let password = prepare(password);
    let salt = bytes::<16>()?;
    let mut out = [0; LENGTH];
    argon2().ok_or(NoRandomness)?.hash_password_into(password.as_bytes(), &salt, &mut out).map_err(|_| NoRandomness)?;
    Ok(format!("$argon2id$v=19$m={MEMORY},t={PASSES},p=1${}${}", BASE64.encode(salt), BASE64.encode(out)))
}

/// Whether two texts are one password.
pub fn is_same(one: &str, other: &str) -> bool {
    prepare(one) == prepare(other)
}

/// The forms in which a password may have been hashed: the one in which passwords are compared now and, from before, as a keyboard sent it, composed or not.
fn forms(password: &str) -> Vec<Cow<'_, str>> {
    let mut forms = vec![prepare(password)];
    for earlier in [Cow::Borrowed(password), composed(password), decomposed(password)] {
        if !forms.contains(&earlier) {
            forms.push(earlier);
        }
    }
    forms
}

/// Whether this is the password of a hash, in any Unicode form. Without a hash the same work is done and the result is false, so that an unknown account takes as long as a wrong password.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let (salt, wanted) = hash.and_then(parts).unwrap_or_else(|| (vec![0; 16], vec![0; LENGTH]));
    let Some(argon2) = argon2() else { return false };
    let mut right = false;
    // Every form is looked at, so that the time depends on what was given alone.
    for form in forms(password) {
        let mut out = [0; LENGTH];
        let done = argon2.hash_password_into(form.as_bytes(), &salt, &mut out).is_ok();
        let same: bool = out.as_slice().ct_eq(&wanted).into();
        right |= done && same;
    }
    right && hash.is_some()
}

fn parts(hash: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let rest = hash.strip_prefix(&format!("$argon2id$v=19$m={MEMORY},t={PASSES},p=1$"))?;
    let (salt, digest) = rest.split_once('$')?;
    Some((BASE64.decode(salt).ok()?, BASE64.decode(digest).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_knows_its_password_and_no_other() {
        let hashed = hash("Wintry-9").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("Wintry-9", Some(&hashed)));
        assert!(!verify("Wintry-8", Some(&hashed)));
        assert!(!verify("Wintry-9", None));
    }

    #[test]
    fn a_password_has_one_form_and_an_earlier_hash_of_any_other_still_counts() {
        let (composed, decomposed) = ("Größe-Zwölf-9", "Gro\u{308}ße-Zwo\u{308}lf-9");
        for chosen in [composed, decomposed] {
            let hashed = hash(chosen).unwrap();
            assert!(verify(composed, Some(&hashed)) && verify(decomposed, Some(&hashed)));
            assert!(!verify("Grosse-Zwolf-9", Some(&hashed)));
        }
        assert!(is_same(composed, decomposed) && is_same("a\u{3000}b", "a b") && !is_same("a", "A"));
        assert_eq!(forms("Wintry-Harbour-9").len(), 1, "a password of ASCII is hashed once");
        assert_eq!(forms(decomposed).len(), 2);
    }

    #[test]
    fn nothing_is_cut_off_a_long_password_or_after_a_zero() {
        let long = "x".repeat(128);
        let hashed = hash(&long).unwrap();
        assert!(!verify(&long[..127], Some(&hashed)));
        let hashed = hash("ab\0cd").unwrap();
        assert!(!verify("ab\0ce", Some(&hashed)));
    }
}

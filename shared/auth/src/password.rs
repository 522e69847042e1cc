//! Password hashing: Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat
//! Sheet; RFC 9106), a salt of 16 random bytes, in PHC format. A hash with other parameters, or one
//! that was [imported](import) from another system, is verified with its own, and replaced when its
//! user signs in.

mod argon;
mod import;
mod imported;

use provost_domain::password::prepare;

use crate::secret::{NoRandomness, bytes};
use argon::Argon;
pub use import::import;
use imported::Imported;
pub use imported::UnusableHash;

/// Hashes a password in the normalized form in which passwords are compared.
///
/// # Errors
/// [`NoRandomness`] if the salt cannot be generated.
pub fn hash(password: &str) -> Result<String, NoRandomness> {
    argon::hash(prepare(password).as_bytes(), &bytes::<16>()?).ok_or(NoRandomness)
}

/// Whether a hash that was just verified should be replaced by [`hash`], since its algorithm or
/// parameters are not the current ones.
pub fn is_outdated(hash: &str) -> bool {
    Argon::read(hash).is_none_or(|hash| hash.is_outdated())
}

/// Whether two texts are the same password.
pub fn is_same(one: &str, other: &str) -> bool {
    prepare(one) == prepare(other)
}

/// Whether a password matches a hash, in any Unicode form. Without a hash the same work is done and
/// the result is false, so that an unknown account takes as long as a wrong password. An imported
/// hash takes its own time in addition: it may take longer, and never shorter.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    if let Some(stored) = hash.and_then(Argon::read) {
        return stored.matches(password);
    }
    let imported = hash.and_then(|hash| Imported::read(hash).ok());
    if imported.is_some_and(|imported| imported.matches(password)) {
        return true;
    }
    if let Some(unknown) = Argon::unknown() {
        // Only the time matters.
        let _ = unknown.matches(password);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIER: [&str; 2] = [
        "$argon2id$v=19$m=4096,t=3,p=2$cHJvdm9zdC1zYWx0LTE2Yg$XNaW777sv4z5sNVnpnOilVTrCBZxAO1R",
        "$argon2i$v=19$m=4096,t=3,p=1$cHJvdm9zdC1zYWx0LTE2Yg$KyxQzCSiRpAyu5hYlEipcJYEEVGK4ZxWWn1QMpIXts4",
    ];

    #[test]
    fn a_hash_matches_only_its_password() {
        let hashed = hash("Wintry-9").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("Wintry-9", Some(&hashed)));
        assert!(!verify("Wintry-8", Some(&hashed)));
        assert!(!verify("Wintry-9", None));
    }

    #[test]
    fn a_hash_is_verified_with_its_own_parameters() {
        // Made by the reference implementation:
        // `echo -n Wintry-9 | argon2 provost-salt-16b -id -v 13 -m 12 -t 3 -p 2 -l 24 -e`, and with
        // `-i -p 1 -l 32`.
        for earlier in EARLIER {
            assert!(
                verify("Wintry-9", Some(earlier)) && !verify("Wintry-8", Some(earlier)),
                "{earlier}"
            );
            assert!(is_outdated(earlier), "{earlier}");
        }
        assert!(!is_outdated(&hash("Wintry-9").unwrap()));
        let greedy = hash("Wintry-9").unwrap().replace("m=19456", "m=4000000");
        assert!(!verify("Wintry-9", Some(&greedy)), "a hash may not require four gigabytes");
        for broken in ["", "$argon2id$", "plain", "$2b$12$abcdefghijklmnopqrstuv"] {
            assert!(!verify("Wintry-9", Some(broken)), "{broken}");
        }
    }

    #[test]
    fn earlier_hashes_of_any_unicode_form_still_match() {
        let (composed, decomposed) = ("Größe-Zwölf-9", "Gro\u{308}ße-Zwo\u{308}lf-9");
        for chosen in [composed, decomposed] {
            let hashed = hash(chosen).unwrap();
            assert!(verify(composed, Some(&hashed)) && verify(decomposed, Some(&hashed)));
            assert!(!verify("Grosse-Zwolf-9", Some(&hashed)));
        }
        assert!(
            is_same(composed, decomposed) && is_same("a\u{3000}b", "a b") && !is_same("a", "A")
        );
        assert_eq!(argon::forms("Wintry-Harbour-9").len(), 1, "an ASCII password is hashed once");
        assert_eq!(argon::forms(decomposed).len(), 2);
    }

    #[test]
    fn long_passwords_and_zero_bytes_are_not_truncated() {
        let long = "x".repeat(128);
        let hashed = hash(&long).unwrap();
        assert!(!verify(&long[..127], Some(&hashed)));
        let hashed = hash("ab\0cd").unwrap();
        assert!(!verify("ab\0ce", Some(&hashed)));
    }
}

//! Password hashing: Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat
//! Sheet; RFC 9106), a salt of 16 random bytes, in PHC format. A hash with other parameters is
//! verified with its own, and replaced when its user signs in.

use std::borrow::Cow;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, phc::PasswordHash},
};
use provost_domain::password::{composed, decomposed, prepare};
use subtle::ConstantTimeEq;

use crate::secret::{NoRandomness, bytes};

/// KiB of memory.
const MEMORY: u32 = 19 * 1024;
/// Passes.
const PASSES: u32 = 2;
/// Bytes of the hash.
const LENGTH: usize = 32;
/// KiB of memory that a stored hash may require: more would crash a function of 256 MB.
const MAX_MEMORY: u32 = 96 * 1024;

fn argon2() -> Option<Argon2<'static>> {
    Params::new(MEMORY, PASSES, 1, Some(LENGTH))
        .ok()
        .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password in the normalized form in which passwords are compared.
///
/// # Errors
/// [`NoRandomness`] if the salt cannot be generated.
pub fn hash(password: &str) -> Result<String, NoRandomness> {
    let argon2 = argon2().ok_or(NoRandomness)?;
    let hash = argon2
        .hash_password_with_salt(prepare(password).as_bytes(), &bytes::<16>()?)
        .map_err(|_| NoRandomness)?;
    Ok(hash.to_string())
}

/// Whether a hash that was just verified should be replaced by [`hash`], since its algorithm or
/// parameters are not the current ones.
pub fn is_outdated(hash: &str) -> bool {
    Stored::read(hash).is_none_or(|stored| {
        let params = stored.argon2.params();
        (params.m_cost(), params.t_cost(), params.p_cost(), stored.digest.len())
            != (MEMORY, PASSES, 1, LENGTH)
            || !stored.is_current
    })
}

/// A parsed hash: its parameters and the expected output.
struct Stored {
    argon2: Argon2<'static>,
    /// Whether algorithm and version are the current ones.
    is_current: bool,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Stored {
    fn read(hash: &str) -> Option<Self> {
        let hash = PasswordHash::new(hash).ok()?;
        let algorithm = Algorithm::new(hash.algorithm.as_str()).ok()?;
        let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from).ok()?;
        let params = Params::try_from(&hash).ok().filter(|params| params.m_cost() <= MAX_MEMORY)?;
        Some(Self {
            argon2: Argon2::new(algorithm, version, params),
            is_current: (algorithm, version) == (Algorithm::Argon2id, Version::V0x13),
            salt: hash.salt?.as_ref().to_vec(),
            digest: hash.hash?.as_bytes().to_vec(),
        })
    }
}

/// Whether two texts are the same password.
pub fn is_same(one: &str, other: &str) -> bool {
    prepare(one) == prepare(other)
}

/// The forms in which a password may have been hashed: the normalized form that is used now and,
/// for earlier hashes, the text as typed, composed or not.
fn forms(password: &str) -> Vec<Cow<'_, str>> {
    let mut forms = vec![prepare(password)];
    for earlier in [Cow::Borrowed(password), composed(password), decomposed(password)] {
        if !forms.contains(&earlier) {
            forms.push(earlier);
        }
    }
    forms
}

/// Whether a password matches a hash, in any Unicode form. Without a hash the same work is done and
/// the result is false, so that an unknown account takes as long as a wrong password.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let stored = hash.and_then(Stored::read);
    let made = stored.is_some();
    let none = || {
        Some(Stored {
            argon2: argon2()?,
            is_current: true,
            salt: vec![0; 16],
            digest: vec![0; LENGTH],
        })
    };
    let Some(stored) = stored.or_else(none) else { return false };
    let mut right = false;
    // Every form is checked, so that the time depends only on the given password.
    for form in forms(password) {
        let mut out = vec![0; stored.digest.len()];
        let done =
            stored.argon2.hash_password_into(form.as_bytes(), &stored.salt, &mut out).is_ok();
        let same: bool = out.ct_eq(&stored.digest).into();
        right |= done && same;
    }
    right && made
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
        assert_eq!(forms("Wintry-Harbour-9").len(), 1, "an ASCII password is hashed once");
        assert_eq!(forms(decomposed).len(), 2);
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

//! Argon2 hashes: the current ones, and those with other parameters.

use std::borrow::Cow;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, phc::PasswordHash},
};
use provost_domain::password::{composed, decomposed, prepare};
use subtle::ConstantTimeEq;

/// KiB of memory.
const MEMORY: u32 = 19 * 1024;
/// Passes.
const PASSES: u32 = 2;
/// Bytes of the hash.
const LENGTH: usize = 32;
/// KiB of memory that a stored hash may require: more would crash a function of 256 MB.
const MAX_MEMORY: u32 = 96 * 1024;
/// KiB of memory times passes that a stored hash may require: some seconds of a function of 512 MB.
const MAX_WORK: u64 = 1024 * 1024;

/// A parsed hash: its parameters and the expected output.
pub(super) struct Argon {
    argon2: Argon2<'static>,
    /// Whether algorithm and version are the current ones.
    is_current: bool,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

fn argon2() -> Option<Argon2<'static>> {
    Params::new(MEMORY, PASSES, 1, Some(LENGTH))
        .ok()
        .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A new hash with the current parameters, in PHC format.
pub(super) fn hash(password: &[u8], salt: &[u8]) -> Option<String> {
    let hash = argon2()?.hash_password_with_salt(password, salt).ok()?;
    Some(hash.to_string())
}

/// Why a text is no hash that is verified.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is no Argon2 hash.
    Other,
    /// Verifying it would take too much memory or time.
    TooCostly,
}

impl Argon {
    pub(super) fn read(hash: &str) -> Option<Self> {
        Self::parse(hash).ok()
    }

    pub(super) fn parse(hash: &str) -> Result<Self, Unreadable> {
        let hash = PasswordHash::new(hash).map_err(|_| Unreadable::Other)?;
        let algorithm = Algorithm::new(hash.algorithm.as_str()).map_err(|_| Unreadable::Other)?;
        let version = hash
            .version
            .map_or(Ok(Version::V0x13), Version::try_from)
            .map_err(|_| Unreadable::Other)?;
        let params = Params::try_from(&hash).map_err(|_| Unreadable::Other)?;
        let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
        if params.m_cost() > MAX_MEMORY || work > MAX_WORK {
            return Err(Unreadable::TooCostly);
        }
        Ok(Self {
            argon2: Argon2::new(algorithm, version, params),
            is_current: (algorithm, version) == (Algorithm::Argon2id, Version::V0x13),
            salt: hash.salt.ok_or(Unreadable::Other)?.as_ref().to_vec(),
            digest: hash.hash.ok_or(Unreadable::Other)?.as_bytes().to_vec(),
        })
    }

    /// The hash with the current parameters of a password that nobody has.
    pub(super) fn unknown() -> Option<Self> {
        Some(Self {
            argon2: argon2()?,
            is_current: true,
            salt: vec![0; 16],
            digest: vec![0; LENGTH],
        })
    }

    /// Whether it has other parameters than a new hash.
    pub(super) fn is_outdated(&self) -> bool {
        let params = self.argon2.params();
        (params.m_cost(), params.t_cost(), params.p_cost(), self.digest.len())
            != (MEMORY, PASSES, 1, LENGTH)
            || !self.is_current
    }

    /// Whether a password matches, in any Unicode form.
    pub(super) fn matches(&self, password: &str) -> bool {
        let mut right = false;
        // Every form is checked, so that the time depends only on the given password.
        for form in forms(password) {
            let mut out = vec![0; self.digest.len()];
            let done =
                self.argon2.hash_password_into(form.as_bytes(), &self.salt, &mut out).is_ok();
            let same: bool = out.ct_eq(&self.digest).into();
            right |= done && same;
        }
        right
    }
}

/// The forms in which a password may have been hashed: the normalized form that is used now and,
/// for earlier hashes, the text as typed, composed or not.
pub(super) fn forms(password: &str) -> Vec<Cow<'_, str>> {
    let mut forms = vec![prepare(password)];
    for earlier in [Cow::Borrowed(password), composed(password), decomposed(password)] {
        if !forms.contains(&earlier) {
            forms.push(earlier);
        }
    }
    forms
}

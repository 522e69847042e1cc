//! Secrets for users: random, shown once, stored as a digest.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use provost_domain::{ApiKeyId, UserId, secret::Digest, system_key::is_service_name};
use ulid::Ulid;

/// The system provides no randomness, so no secret can be created.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system provides no randomness")]
pub struct NoRandomness;

/// 256 random bits as 43 letters, digits, dashes and underscores.
///
/// # Errors
/// [`NoRandomness`].
pub fn token() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// Random bytes.
///
/// # Errors
/// [`NoRandomness`].
#[expect(clippy::disallowed_methods, reason = "this is the source of secrets")]
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// SHA-256 of a token, the only part that is stored. A token has 256 bits, so no slow hash is
/// needed.
pub fn digest_of(token: &str) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    Digest(out)
}

/// The digest in hexadecimal, where it is part of a key.
pub fn hex_digest(token: &str) -> String {
    hex::encode(digest_of(token).0)
}

/// Prefix of every API key, for recognition by humans and secret scanners.
pub const API_KEY_PREFIX: &str = "prv_";
/// Number of characters of a key that are stored for recognition.
pub const SHOWN: usize = 12;

/// A new API key. It contains the user id, so that one read is enough to check a request.
///
/// # Errors
/// [`NoRandomness`].
pub fn api_key(owner: UserId) -> Result<String, NoRandomness> {
    Ok(format!("{API_KEY_PREFIX}{}.{}", token()?, owner.ulid().to_string_fixed()))
}

/// Prefix of every system key, for recognition by humans and secret scanners.
pub const SYSTEM_KEY_PREFIX: &str = "esk_";

/// A new system key. It contains the name of the service, so that one read is enough to check a
/// request.
///
/// # Errors
/// [`NoRandomness`].
pub fn system_key(service: &str) -> Result<String, NoRandomness> {
    Ok(format!("{SYSTEM_KEY_PREFIX}{}.{service}", token()?))
}

/// The name of the service in a key. Only the digest of the key proves it.
pub fn system_key_service(key: &str) -> Option<&str> {
    let (secret, service) = key.strip_prefix(SYSTEM_KEY_PREFIX)?.rsplit_once('.')?;
    (secret.len() == 43 && is_service_name(service)).then_some(service)
}

/// The user id in a key. Only the digest of the key proves it.
pub fn api_key_owner(key: &str) -> Option<UserId> {
    let (secret, owner) = key.strip_prefix(API_KEY_PREFIX)?.rsplit_once('.')?;
    if secret.len() != 43 {
        return None;
    }
    format!("{}_{owner}", UserId::PREFIX).parse().ok()
}

/// Finds the key of a digest, comparing each one in constant time.
pub fn find_key(
    keys: &std::collections::BTreeMap<ApiKeyId, provost_domain::api_key::LiveKey>,
    digest: &Digest,
) -> Option<ApiKeyId> {
    keys.iter().filter(|(_, key)| key.digest.matches(digest)).map(|(id, _)| *id).next()
}

/// A ULID as its 26 letters and digits.
pub trait UlidText {
    /// The text.
    fn to_string_fixed(&self) -> String;
}

impl UlidText for Ulid {
    fn to_string_fixed(&self) -> String {
        self.array_to_str(&mut [0; ulid::ULID_LEN]).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tokens_are_unique_and_evenly_distributed() {
        let (mut beginnings, mut counts) = (Vec::with_capacity(1_000_000), [0_u64; 256]);
        for _ in 0..1_000_000 {
            let token = bytes::<32>().unwrap();
            for byte in token {
                counts[usize::from(byte)] += 1;
            }
            let mut beginning = [0; 16];
            beginning.copy_from_slice(&token[..16]);
            beginnings.push(u128::from_le_bytes(beginning));
        }
        beginnings.sort_unstable();
        assert!(
            beginnings.windows(2).all(|pair| pair[0] != pair[1]),
            "two tokens begin with the same 128 bits"
        );
        let expected = 32_000_000.0 / 256.0;
        let chi_square: f64 =
            counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
        // With 255 degrees of freedom, more than 420 happens by chance less than once in a hundred
        // million times; less than 140 as rarely.
        assert!(
            (140.0..420.0).contains(&chi_square),
            "the bytes are not evenly spread: {chi_square}"
        );
    }

    #[test]
    fn only_a_valid_key_names_its_owner() {
        let owner: UserId = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let key = api_key(owner).unwrap();
        assert_eq!(api_key_owner(&key), Some(owner));
        for other in [
            "prv_",
            "prv_short.01ARZ3NDEKTSV4RRFFQ69G5FAV",
            &key[..key.len() - 1],
            key.trim_start_matches("prv_"),
        ] {
            assert_eq!(api_key_owner(other), None, "{other}");
        }
    }
}

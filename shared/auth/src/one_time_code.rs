//! One-time codes of a second factor: those of an authenticator, for the time, and recovery codes.

use provost_domain::{Timestamp, second_factor::RECOVERY_CODES, secret::Digest};
use totp_rs::{Builder, Secret};

use crate::secret::{self, NoRandomness};

/// Letters and digits of a recovery code: 80 bits, so that a plain digest of it cannot be guessed.
pub const RECOVERY_LENGTH: usize = 16;

/// The secret of a second factor has no codes.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the secret has no codes: {0}")]
pub struct UnusableSecret(String);

/// A code without the separators that users type.
pub fn plain(code: &str) -> String {
    code.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Whether a text has the form of an authenticator code.
pub fn is_code(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())
}

/// The step of an authenticator code; none if the code is wrong at this time.
///
/// # Errors
/// [`UnusableSecret`].
pub fn step(secret: [u8; 20], code: &str, now: Timestamp) -> Result<Option<u64>, UnusableSecret> {
    if !is_code(code) {
        return Ok(None);
    }
    // The defaults, which every authenticator supports (RFC 6238): SHA-1, six digits, thirty
    // seconds; the clock may be off by one step in either direction.
    let totp = Builder::new()
        .with_secret(Secret::new_stack(secret))
        .build()
        .map_err(|error| UnusableSecret(error.to_string()))?;
    Ok(totp.check(code, u64::try_from(now.seconds()).unwrap_or(0)))
}

/// New recovery codes, as shown and as stored.
///
/// # Errors
/// [`NoRandomness`].
pub fn recovery_codes() -> Result<(Vec<String>, Vec<Digest>), NoRandomness> {
    let (mut shown, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..RECOVERY_CODES {
        let code = base32(&secret::bytes::<10>()?).to_ascii_lowercase();
        kept.push(secret::digest_of(&code));
        shown.push([&code[..4], &code[4..8], &code[8..12], &code[12..]].join("-"));
    }
    Ok((shown, kept))
}

/// Bytes in base 32, as authenticators expect.
pub fn base32(bytes: &[u8]) -> String {
    Secret::new(bytes.into()).to_base32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_match_the_test_vectors_of_rfc_6238() {
        // RFC 6238, appendix B, SHA-1, the last six of the eight digits.
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000_u64, "353130"),
        ];
        let totp = Builder::new()
            .with_secret(Secret::new_stack(*b"12345678901234567890"))
            .build()
            .unwrap();
        for (time, code) in vectors {
            assert_eq!(totp.check(code, time), Some(time / 30), "{time}");
            assert_eq!(
                totp.check(code, time + 30),
                Some(time / 30),
                "a code is valid for one step more"
            );
            assert_eq!(totp.check(code, time + 60), None);
        }
    }

    #[test]
    fn recovery_codes_are_ten_different_codes() {
        let (shown, kept) = recovery_codes().unwrap();
        let different: std::collections::BTreeSet<_> = shown.iter().collect();
        assert_eq!((different.len(), kept.len()), (10, 10));
        for code in &shown {
            let plain = code.replace('-', "");
            assert_eq!(plain.len(), RECOVERY_LENGTH);
            assert!(kept.iter().any(|kept| kept.matches(&secret::digest_of(&plain))));
        }
    }
}

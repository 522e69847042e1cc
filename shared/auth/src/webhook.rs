//! Webhook signatures in Stripe's format: `t=<seconds>,v1=<hex>`, where the hex is an HMAC-SHA-256
//! of `<seconds>.<body>` with a shared secret.
//!
//! Two secrets may be valid at once, so that a secret can be rotated without losing an event.

use std::fmt;

use aws_lc_rs::hmac;
use provost_domain::{Timestamp, time::MINUTE};

/// Maximum age of a signature, in milliseconds. Older events are refused, since they may be
/// replayed.
pub const TOLERANCE: i64 = 5 * MINUTE;
/// Maximum number of secrets.
const SECRETS: usize = 2;
/// Maximum number of signatures in a header; Stripe sends one for each secret.
const SIGNATURES: usize = 4;

/// The signature is missing, wrong or too old. Which one is not revealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not valid")]
pub struct InvalidSignature;

/// The text contains no secret, or more than two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one secret, or two separated by a space")]
pub struct InvalidSecrets;

/// The secrets of an endpoint.
#[derive(Clone)]
pub struct WebhookSecrets(Vec<hmac::Key>);

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecrets(…)")
    }
}

impl WebhookSecrets {
    /// Reads one secret, or two separated by white space.
    ///
    /// # Errors
    /// [`InvalidSecrets`].
    pub fn read(text: &str) -> Result<Self, InvalidSecrets> {
        let keys: Vec<_> = text
            .split_whitespace()
            .map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
            .collect();
        if (1..=SECRETS).contains(&keys.len()) { Ok(Self(keys)) } else { Err(InvalidSecrets) }
    }

    /// Verifies that a header signs this body, within the tolerance. The comparison takes constant
    /// time.
    ///
    /// # Errors
    /// [`InvalidSignature`].
    pub fn verify(
        &self,
        header: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), InvalidSignature> {
        let header = Header::read(header).ok_or(InvalidSignature)?;
        if now.millis().abs_diff(header.seconds.saturating_mul(1000)) > TOLERANCE.unsigned_abs() {
            return Err(InvalidSignature);
        }
        let signed = [header.time.as_bytes(), b".", body].concat();
        let fits = |signature: &[u8; 32]| {
            self.0.iter().any(|key| hmac::verify(key, &signed, signature).is_ok())
        };
        if header.signatures.iter().any(fits) { Ok(()) } else { Err(InvalidSignature) }
    }
}

struct Header<'h> {
    /// The time as it was written, since that text was signed.
    time: &'h str,
    seconds: i64,
    signatures: Vec<[u8; 32]>,
}

impl<'h> Header<'h> {
    /// Parses a header; `None` when the format is wrong or it contains two times. Signatures of
    /// other schemes are ignored, as Stripe recommends.
    fn read(text: &'h str) -> Option<Self> {
        let (mut time, mut signatures) = (None, Vec::new());
        for part in text.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            match name {
                "t" if time.is_none() => time = Some(value),
                "t" => return None,
                "v1" if signatures.len() < SIGNATURES => signatures.extend(signature(value)),
                _ => {}
            }
        }
        let time =
            time.filter(|time| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some(Self { time, seconds: time.parse().ok()?, signatures })
    }
}

/// Parses a signature as Stripe writes it, in lower case only: one spelling for one signature.
fn signature(text: &str) -> Option<[u8; 32]> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    hex::decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test_secret";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const T: i64 = 1_795_190_400;

    fn now() -> Timestamp {
        Timestamp::from_millis(T * 1000)
    }

    fn sign(secret: &str, time: &str, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hex::encode(hmac::sign(&key, &[time.as_bytes(), b".", body].concat()))
    }

    fn good() -> String {
        sign(SECRET, &T.to_string(), BODY)
    }

    #[test]
    fn a_signature_matches_a_known_vector() {
        // Made with openssl: printf '1795190400.{"id":"evt_1"}' | openssl dgst -sha256 -hmac
        // whsec_test_secret
        assert_eq!(good(), "bdc638452b8fedcb14767d08ba5da8e5919dcf3680f1a3669d035484b8f88001");
    }

    #[test]
    fn a_valid_signature_is_accepted_beside_others_and_with_either_secret() {
        let (good, other) = (good(), sign("whsec_other", &T.to_string(), BODY));
        for header in [
            format!("t={T},v1={good}"),
            format!("v1={good},t={T}"),
            format!("t={T},v1={other},v1={good}"),
            format!("t={T},v1={good},v0=00"),
            format!("t={T}, v1={good}"),
        ] {
            assert_eq!(
                WebhookSecrets::read(SECRET).unwrap().verify(&header, BODY, now()),
                Ok(()),
                "{header}"
            );
        }
        let two = WebhookSecrets::read(&format!("{SECRET}\nwhsec_other\n")).unwrap();
        for signature in [good, other] {
            assert_eq!(two.verify(&format!("t={T},v1={signature}"), BODY, now()), Ok(()));
        }
    }

    #[test]
    fn forged_signatures_are_rejected() {
        let secrets = WebhookSecrets::read(SECRET).unwrap();
        let good = good();
        let mut flipped = good.clone().into_bytes();
        flipped[63] = if flipped[63] == b'0' { b'1' } else { b'0' };
        let flipped = String::from_utf8(flipped).unwrap();
        let forged = [
            String::new(),
            ",".to_owned(),
            "t".to_owned(),
            good.clone(),
            format!("t={T}"),
            format!("v1={good}"),
            format!("t=,v1={good}"),
            format!("t={T},v1="),
            format!("t={T},v0={good}"),
            format!("t={T},v2={good}"),
            format!("t={T},V1={good}"),
            format!("T={T},v1={good}"),
            format!("t={T},v1={}", good.to_uppercase()),
            format!("t={T},v1={good}00"),
            format!("t={T},v1={}", &good[..62]),
            format!("t={T},v1={flipped}"),
            format!("t={T},v1={}", "0".repeat(64)),
            format!("t={T},v1={}", sign("whsec_other", &T.to_string(), BODY)),
            format!("t={T},v1={}", sign("", &T.to_string(), BODY)),
            format!("t={},v1={good}", T + 1),
            format!("t={T},t={T},v1={good}"),
            format!("t=+{T},v1={good}"),
            format!("t=-{T},v1={good}"),
            format!("t={T}.0,v1={good}"),
            format!("t=0{T},v1={good}"),
            format!("t=99999999999999999999,v1={good}"),
            format!("t={},v1={}", i64::MAX, sign(SECRET, &i64::MAX.to_string(), BODY)),
            format!("t=0,v1={}", sign(SECRET, "0", BODY)),
            format!("t={T};v1={good}"),
            format!("t={T},v1={good},junk"),
        ];
        for header in forged {
            assert_eq!(secrets.verify(&header, BODY, now()), Err(InvalidSignature), "{header}");
        }
        for body in [
            &BODY[..BODY.len() - 1],
            b"",
            br#"{"id":"evt_2"}"#,
            br#"{"id": "evt_1"}"#,
            b"{\"id\":\"evt_1\"}\n",
        ] {
            assert_eq!(
                secrets.verify(&format!("t={T},v1={good}"), body, now()),
                Err(InvalidSignature)
            );
        }
        let many: String = (0..SIGNATURES).map(|_| format!("v1={flipped},")).collect();
        assert_eq!(
            secrets.verify(&format!("t={T},{many}v1={good}"), BODY, now()),
            Err(InvalidSignature),
            "the number of signatures is limited"
        );
    }

    #[test]
    fn signatures_are_accepted_within_five_minutes() {
        let secrets = WebhookSecrets::read(SECRET).unwrap();
        let header = format!("t={T},v1={}", good());
        for (millis, fits) in
            [(0, true), (300_000, true), (300_001, false), (-300_000, true), (-300_001, false)]
        {
            assert_eq!(secrets.verify(&header, BODY, now().plus(millis)).is_ok(), fits, "{millis}");
        }
    }

    #[test]
    fn one_or_two_secrets_are_accepted() {
        for text in ["", " \n", "one two three"] {
            assert_eq!(WebhookSecrets::read(text).err(), Some(InvalidSecrets), "{text}");
        }
        assert_eq!(format!("{:?}", WebhookSecrets::read(SECRET).unwrap()), "WebhookSecrets(…)");
    }
}

//! Parses an SSH public key in OpenSSH's format: one line of type, base64 and an optional comment.
//! The key itself is parsed, so that only valid keys are stored and the fingerprint is correct.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1,
    EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use curve25519_dalek::edwards::CompressedEdwardsY;
use provost_domain::ApiError;
use ssh_key::{
    HashAlg, PublicKey,
    public::{EcdsaPublicKey, KeyData, RsaPublicKey},
};

use crate::published_keys::is_published;

/// The longest line that is read; OpenSSH's own limit.
const MAX_LENGTH: usize = 8192;
/// Minimum size of an RSA key, in bits.
const WEAKEST_RSA: u32 = 2048;
/// Maximum size of an RSA key, in bits; OpenSSH's own limit.
const MAX_RSA: u32 = 16384;

/// A valid public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Algorithm in OpenSSH's notation.
    pub kind: String,
    /// Key size in bits, as shown by `ssh-keygen -l`.
    pub bits: u32,
    /// Fingerprint, `SHA256:…`.
    pub fingerprint: String,
    /// The key in one line, without the comment.
    pub line: String,
}

fn refused(code: &'static str, sentence: &str) -> ApiError {
    ApiError::field("publicKey", code, sentence)
}

/// Parses a key.
///
/// # Errors
/// `VALIDATION_FAILED` on `publicKey` for an invalid or insecure key.
pub fn parse(text: &str) -> Result<Parsed, ApiError> {
    if text.contains("PRIVATE KEY") {
        return Err(refused(
            "private_key",
            "This is a private key, which must stay secret. Create a new key pair, and send the line of its .pub file.",
        ));
    }
    if text.len() > MAX_LENGTH {
        return Err(refused(
            "too_long",
            "The key is too long. Send one key of at most 8192 characters.",
        ));
    }
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(refused(
            "invalid",
            "The key contains a control character. Send one key, in one line, as in the .pub file.",
        ));
    }
    let (kind, rest) = text.split_once([' ', '\t']).unwrap_or((&text, ""));
    check_kind(kind)?;
    let unreadable = || {
        refused(
            "invalid",
            "This is not an SSH public key. Send the line of the .pub file unchanged.",
        )
    };
    let line = joined(&text, kind, rest).ok_or_else(unreadable)?;
    let mut key = PublicKey::from_openssh(&line).map_err(|_| unreadable())?;
    let bits = strength(key.key_data()).ok_or_else(unreadable)?;
    // Real moduli have two large factors; anyone can find a small one.
    if bits >= WEAKEST_RSA
        && matches!(key.key_data(), KeyData::Rsa(rsa) if rsa.n.as_positive_bytes().is_none_or(has_small_factor))
    {
        return Err(unreadable());
    }
    if !(WEAKEST_RSA..=MAX_RSA).contains(&bits) && matches!(key.key_data(), KeyData::Rsa(_)) {
        return Err(refused(
            "too_weak",
            "The size of this RSA key is not accepted. Use 2048 to 16384 bits, or preferably an Ed25519 key.",
        ));
    }
    if !is_safe(key.key_data()) {
        return Err(refused("unsafe", "This key is not secure. Create a new key with ssh-keygen."));
    }
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    if is_published(&fingerprint) {
        return Err(refused(
            "published",
            "The private part of this key has been published, so anyone can use it. Create a new key with ssh-keygen.",
        ));
    }
    key.set_comment("");
    let plain = key.to_openssh().map_err(|_| unreadable())?.trim_end().to_owned();
    // The parser ignores some lengths. A key that is not encoded back to the same text would be a
    // second encoding of one key.
    if line != plain {
        return Err(unreadable());
    }
    Ok(Parsed { kind: key.algorithm().as_str().to_owned(), bits, fingerprint, line: plain })
}

/// The key in one line with single spaces and without its comment. Fields are separated by spaces
/// and tabs (sshd(8)). A terminal that wraps a long line puts white space into the base64, so
/// pieces are joined until they form a complete key.
fn joined(text: &str, kind: &str, rest: &str) -> Option<String> {
    let mut line = format!("{kind} ");
    let mut rest = rest.trim_start_matches([' ', '\t']);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        line.push_str(piece);
        rest = after.trim_start();
        if PublicKey::from_openssh(&line).is_ok() {
            // The rest is a comment, on the same line unless the terminal wrapped it too. A second
            // key or its options are not a comment.
            let begins_another = |word: &str| {
                check_kind(word).is_ok() || word.starts_with("AAAA") || word.contains("=\"")
            };
            let another = after.split_whitespace().any(begins_another);
            return (!after.contains('\n') || (is_wrapped(text) && !another)).then_some(line);
        }
    }
    None
}

/// Whether a text is one line that a terminal wrapped: all lines but the last have the same length,
/// and the last is not longer.
fn is_wrapped(text: &str) -> bool {
    let lengths: Vec<usize> = text.lines().map(|line| line.trim_end().chars().count()).collect();
    lengths.split_last().is_some_and(|(last, others)| {
        others.iter().all(|length| length == &others[0] && last <= length)
    })
}

/// Whether only the owner of an Ed25519 key can sign with it. Its 32 bytes must be the only
/// encoding of a point on the curve (RFC 8032, 5.1.3) in the large subgroup: for a point of small
/// order, anyone can create signatures that verify. Other kinds of key are checked elsewhere.
fn is_safe(key: &KeyData) -> bool {
    let bytes = match key {
        KeyData::Ed25519(key) => key.0,
        KeyData::SkEd25519(key) => key.public_key().0,
        _ => return true,
    };
    let point = CompressedEdwardsY(bytes).decompress();
    point.is_some_and(|point| {
        point.compress().0 == bytes && !point.is_small_order() && point.is_torsion_free()
    })
}

/// The first word must be the type: anything before it in an `authorized_keys` file is options,
/// which may run commands.
fn check_kind(word: &str) -> Result<(), ApiError> {
    match word {
        "ssh-ed25519"
        | "ssh-rsa"
        | "ecdsa-sha2-nistp256"
        | "ecdsa-sha2-nistp384"
        | "ecdsa-sha2-nistp521"
        | "sk-ssh-ed25519@openssh.com"
        | "sk-ecdsa-sha2-nistp256@openssh.com" => Ok(()),
        "ssh-dss" => Err(refused("too_weak", "DSA keys are too weak. Create an Ed25519 key.")),
        certificate if certificate.ends_with("-cert-v01@openssh.com") => Err(refused(
            "certificate",
            "This is a certificate. Send the public key that it was created for.",
        )),
        _ => Err(refused(
            "invalid",
            "The key must start with its type, such as ssh-ed25519. Remove any options before it.",
        )),
    }
}

/// The strength in bits; `None` for numbers that form no valid key.
fn strength(key: &KeyData) -> Option<u32> {
    match key {
        KeyData::Ed25519(_) | KeyData::SkEd25519(_) => Some(256),
        KeyData::Rsa(key) => modulus(key),
        KeyData::Ecdsa(key) => {
            let (algorithm, bits): (&'static EcdsaVerificationAlgorithm, u32) = match key {
                EcdsaPublicKey::NistP256(_) => (&ECDSA_P256_SHA256_ASN1, 256),
                EcdsaPublicKey::NistP384(_) => (&ECDSA_P384_SHA384_ASN1, 384),
                EcdsaPublicKey::NistP521(_) => (&ECDSA_P521_SHA512_ASN1, 521),
            };
            on_curve(algorithm, key.as_sec1_bytes()).then_some(bits)
        }
        KeyData::SkEcdsaSha2NistP256(key) => {
            on_curve(&ECDSA_P256_SHA256_ASN1, key.ec_point().as_bytes()).then_some(256)
        }
        _ => None,
    }
}

/// The parser does not check that a point lies on its curve; if it does not, the key is invalid.
/// OpenSSH never writes compressed points (SEC 1, 2.3.3), which would be a second encoding of one
/// key.
fn on_curve(algorithm: &'static EcdsaVerificationAlgorithm, point: &[u8]) -> bool {
    point.first() == Some(&4) && ParsedPublicKey::new(algorithm, point).is_ok()
}

/// The size of the modulus in bits. Modulus and exponent of a real key are odd, and the exponent is
/// at least 3.
fn modulus(key: &RsaPublicKey) -> Option<u32> {
    let (n, e) = (key.n.as_positive_bytes()?, key.e.as_positive_bytes()?);
    let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    if !odd(n) || !odd(e) || e == [1] || e.len() > n.len() {
        return None;
    }
    let unused = n.first()?.leading_zeros();
    Some(u32::try_from(n.len()).ok()? * 8 - unused)
}

/// Whether a number (big-endian) has a prime factor below 1,000, by trial division.
fn has_small_factor(number: &[u8]) -> bool {
    let remainder = |divisor: u32| {
        number.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % divisor)
    };
    (3..1000).step_by(2).any(|divisor| remainder(divisor) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line: the output of `ssh-keygen -lf` for a key, a tab, the key. Recorded with OpenSSH
    /// 9.2.
    const VECTORS: &str = include_str!("../tests/ssh-keygen.tsv");
    /// Each line: the reason of the error, a tab, the input.
    const HOSTILE: &str = include_str!("../tests/hostile-ssh-keys.tsv");

    #[test]
    fn fingerprints_and_strengths_match_ssh_keygen() {
        let mut kinds = std::collections::BTreeSet::new();
        for vector in VECTORS.lines() {
            let (said, key) = vector.split_once('\t').unwrap();
            let parsed = parse(key).unwrap_or_else(|error| panic!("{said}: {error:?}"));
            assert!(
                said.starts_with(&format!("{} {} ", parsed.bits, parsed.fingerprint)),
                "{said}, but {parsed:?}"
            );
            kinds.insert(parsed.kind);
        }
        assert_eq!(kinds.len(), 7, "{kinds:?}");
    }

    #[test]
    fn the_comment_is_not_stored() {
        for vector in VECTORS.lines() {
            let (_, key) = vector.split_once('\t').unwrap();
            let parsed = parse(key).unwrap();
            assert_eq!(parsed.line.split(' ').count(), 2, "{}", parsed.line);
            assert_eq!(
                parse(&parsed.line).unwrap(),
                parsed,
                "the stored key is the key that was sent"
            );
        }
    }

    #[test]
    fn white_space_between_fields_and_in_a_wrapped_key_is_ignored() {
        for vector in VECTORS.lines() {
            let (_, key) = vector.split_once('\t').unwrap();
            let real = parse(key).unwrap();
            let (kind, data) = real.line.split_once(' ').unwrap();
            let wrapped = |width: usize, end: &str| {
                let line = format!("{kind} {data} ada@laptop").into_bytes();
                line.chunks(width)
                    .map(|piece| String::from_utf8(piece.to_vec()).unwrap())
                    .collect::<Vec<_>>()
                    .join(end)
            };
            for sent in [
                format!("{kind}  {data}\tada\ton her laptop"),
                format!("{kind}\t{data}"),
                format!(" {kind} \t {data}  \n"),
                wrapped(76, "\n"),
                wrapped(80, "\r\n"),
                format!("{kind} {} {}", &data[..40], &data[40..]),
            ] {
                assert_eq!(parse(&sent).as_ref(), Ok(&real), "{sent:?}");
            }
            for sent in [
                format!("{kind} {data}\n{kind} {data}"),
                format!("{kind} {data} a\ncommand=\"x\" and so on"),
                format!("{kind} {data}{data}"),
            ] {
                assert_eq!(parse(&sent).unwrap_err().fields[0].code, "invalid", "{sent:?}");
            }
        }
    }

    #[test]
    fn invalid_keys_are_refused_with_the_right_reason() {
        for line in HOSTILE.lines() {
            let (why, sent) = line.split_once('\t').unwrap();
            let sent = sent.replace("\\n", "\n").replace("\\0", "\0");
            let error = parse(&sent).expect_err(line);
            assert_eq!(error.fields[0].code, why, "{line}");
        }
        let long = format!("ssh-ed25519 {}", "A".repeat(MAX_LENGTH));
        assert_eq!(parse(&long).unwrap_err().fields[0].code, "too_long");
    }

    #[test]
    fn a_truncated_or_altered_key_is_never_accepted() {
        for vector in VECTORS.lines() {
            let (_, key) = vector.split_once('\t').unwrap();
            let real = parse(key).unwrap();
            let (kind, data) = real.line.split_once(' ').unwrap();
            for end in 0..data.len() {
                assert!(parse(&format!("{kind} {}", &data[..end])).is_err(), "truncated at {end}");
            }
            for at in (0..data.len()).step_by(7) {
                let mut bent = data.as_bytes().to_vec();
                bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
                let bent = String::from_utf8(bent).unwrap();
                if let Ok(other) = parse(&format!("{kind} {bent}")) {
                    assert_ne!(other.fingerprint, real.fingerprint, "altered at {at}");
                }
            }
        }
    }
}

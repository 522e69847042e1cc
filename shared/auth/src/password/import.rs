//! Password hashes as other systems export them.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Map, Value};

use super::{
    argon::{Argon, Unreadable},
    imported::{Imported, ScryptCost, UnusableHash},
};

/// Base64 with or without padding.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The stored form of a hash as another system exports it; see the table of
/// `docs/decisions/0062-imported-password-hashes.md`. Besides the stored forms, it takes:
///
/// - Django: `pbkdf2_sha256$ROUNDS$SALT$DIGEST`, also with `pbkdf2_sha1`, and `argon2$argon2id$…`.
/// - better-auth: `SALT:DIGEST` in hexadecimal digits.
/// - Keycloak: a JSON object with `algorithm`, `iterations`, `salt` and `value`, or the credential
///   of an export of a realm with `secretData` and `credentialData`.
/// - Firebase: a JSON object with `algorithm` = `firebase-scrypt`, `hash`, `salt`, `salt_separator`,
///   `rounds`, `mem_cost` and `signer_key`.
///
/// # Errors
/// [`UnusableHash`].
pub fn import(text: &str) -> Result<String, UnusableHash> {
    let text = text.trim();
    if text.starts_with('{') {
        let object = serde_json::from_str(text).map_err(|_| UnusableHash::Unknown)?;
        return object_form(object).map(|imported| imported.to_text());
    }
    let phc = text.strip_prefix("argon2").filter(|rest| rest.starts_with("$argon2"));
    let phc = phc.unwrap_or(text);
    if phc.starts_with("$argon2") {
        return match Argon::parse(phc) {
            Ok(_) => Ok(phc.to_owned()),
            Err(Unreadable::TooCostly) => Err(UnusableHash::TooCostly),
            Err(Unreadable::Other) => Err(UnusableHash::Unknown),
        };
    }
    if let Some(rest) = text.strip_prefix("pbkdf2_") {
        return django(rest).map(|imported| imported.to_text());
    }
    if let Some((salt, digest)) = text.split_once(':') {
        return better_auth(salt, digest).map(|imported| imported.to_text());
    }
    Imported::read(text).map(|imported| imported.to_text())
}

/// `sha256$ROUNDS$SALT$DIGEST`; the salt is the text as it is.
fn django(text: &str) -> Result<Imported, UnusableHash> {
    let parts: Vec<&str> = text.split('$').collect();
    let [digest_name @ ("sha1" | "sha256"), rounds, salt, digest] = parts.as_slice() else {
        return Err(UnusableHash::Unknown);
    };
    let rounds = rounds.parse().map_err(|_| UnusableHash::Unknown)?;
    Imported::pbkdf2(digest_name, rounds, salt.as_bytes().to_vec(), base64(digest)?)
}

/// The salt is its hexadecimal digits as text.
fn better_auth(salt: &str, digest: &str) -> Result<Imported, UnusableHash> {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if salt.len() != 32 || digest.len() != 128 || !is_hex(salt) {
        return Err(UnusableHash::Unknown);
    }
    let digest = hex::decode(digest).map_err(|_| UnusableHash::Unknown)?;
    Imported::scrypt(ScryptCost::new(14, 16, 1)?, salt.as_bytes().to_vec(), digest)
}

fn object_form(mut object: Map<String, Value>) -> Result<Imported, UnusableHash> {
    // An export of Keycloak holds JSON in texts.
    for name in ["secretData", "credentialData"] {
        let inner = match object.remove(name) {
            Some(Value::String(text)) => serde_json::from_str(&text).ok(),
            Some(Value::Object(inner)) => Some(inner),
            _ => None,
        };
        object.extend(inner.unwrap_or_default());
    }
    let object = Object(object);
    let algorithm = object.text(&["algorithm"])?;
    let salt = base64(object.text(&["salt"])?)?;
    let digest = base64(object.text(&["value", "hash", "passwordHash"])?)?;
    if let Some(digest_name) = algorithm.strip_prefix("pbkdf2") {
        let digest_name = digest_name.strip_prefix('-').unwrap_or("sha1");
        let rounds = object.number(&["iterations", "hashIterations"])?;
        return Imported::pbkdf2(digest_name, rounds, salt, digest);
    }
    if !["firebase-scrypt", "firebase_scrypt"].contains(&algorithm) {
        return Err(UnusableHash::Unknown);
    }
    let costly = |_| UnusableHash::TooCostly;
    let log_n = object.number(&["mem_cost", "memCost"])?;
    let cost = ScryptCost::new(
        u8::try_from(log_n).map_err(costly)?,
        u32::try_from(object.number(&["rounds"])?).map_err(costly)?,
        1,
    )?;
    let separator = base64(object.text(&["salt_separator", "saltSeparator"])?)?;
    let signer = base64(object.text(&["signer_key", "signerKey"])?)?;
    Imported::firebase(cost, separator, signer, salt, digest)
}

/// A JSON object whose fields have one of several names.
struct Object(Map<String, Value>);

impl Object {
    fn field(&self, names: &[&str]) -> Result<&Value, UnusableHash> {
        names.iter().find_map(|name| self.0.get(*name)).ok_or(UnusableHash::Unknown)
    }

    fn text(&self, names: &[&str]) -> Result<&str, UnusableHash> {
        self.field(names)?.as_str().ok_or(UnusableHash::Unknown)
    }

    fn number(&self, names: &[&str]) -> Result<u64, UnusableHash> {
        self.field(names)?.as_u64().ok_or(UnusableHash::Unknown)
    }
}

fn base64(text: &str) -> Result<Vec<u8>, UnusableHash> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).map_err(|_| UnusableHash::Unknown)
}

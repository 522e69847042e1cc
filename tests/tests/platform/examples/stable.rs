//! What differs from run to run in an answer, replaced by values that stay the same: ids get another
//! random half, and secrets, ciphertexts, signatures and sizes of ciphertexts a value that is
//! obviously an example.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Fields whose values are random or depend on random ones, each with its replacement.
const FIELDS: &[(&str, &str)] = &[
    ("accessToken", "example-access-token"),
    (
        "checkpoint",
        "provost/audit-log\n128\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— provost/audit-log ZXhhbXBsZQ==\n",
    ),
    ("code", "123456"),
    ("digest", "0000000000000000000000000000000000000000000000000000000000000000"),
    ("hashes", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ("identity", "AGE-SECRET-KEY-EXAMPLE"),
    ("key", "prv_example"),
    ("keys", "provost/audit-log+00000000+example"),
    ("kid", "example-key"),
    ("leaf", "{\"entry\":{},\"salt\":\"ZXhhbXBsZQ==\"}"),
    ("leafHash", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ("nextCursor", "example-cursor"),
    ("next_cursor", "example-cursor"),
    (
        "otpauthUri",
        "otpauth://totp/Provost:ada%40user%2Eexample?secret=EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM&issuer=Provost&algorithm=SHA1&digits=6&period=30",
    ),
    ("prefix", "prv_exam"),
    ("prev_cursor", "example-cursor"),
    ("receipt", "example.signed.receipt"),
    ("recipients", "age1example"),
    ("recoveryCodes", "exam-plec-odee-xamp"),
    ("refreshToken", "example-refresh-token"),
    ("rootHash", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ("secret", "EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"),
    ("sha256", "0000000000000000000000000000000000000000000000000000000000000000"),
    ("token", "example-token"),
    ("uploadOrigin", STORE.1),
    ("x", "example-public-key"),
];
/// The size of every archive, in bytes: compressed ciphertexts differ by some.
const ARCHIVE_SIZE: u32 = 10_240;
/// Fields beside the size of an archive.
const OF_ARCHIVE: &[&str] = &["sha256", "passwordRequired"];
/// What comes before a token in a link.
const BEFORE_TOKENS: &[&str] =
    &["/share/", "/cancel-deletion/", "/unsubscribe/", "/?confirm=", "/?reset="];
/// How a signed token (JWS) begins.
const SIGNED: &str = "eyJ";
/// The local object store, whose port differs, and what the examples show instead. The signed query
/// is cut off.
const STORE: (&str, &str) = ("http://127.0.0.1:", "https://s3.eu-north-1.amazonaws.com");

/// Letters of an id (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of an id that tell the time of its creation.
const TIME: usize = 10;
/// Letters of an id.
const LENGTH: usize = 26;

/// Replaces values, always the same one by the same one.
#[derive(Default)]
pub struct Stable {
    ids: BTreeMap<String, String>,
}

impl Stable {
    /// Replaces what is not stable in a value of a field.
    pub fn value(&mut self, field: &str, value: Value) -> Value {
        match value {
            Value::String(text) => self.string(field, &text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.value(field, item)).collect(),
            Value::Object(members) => self.members(members).into(),
            other => other,
        }
    }

    /// Replaces what is not stable in the members of an object.
    pub fn members(&mut self, mut members: Map<String, Value>) -> Map<String, Value> {
        // The digest and the size of a registered file are what its owner sent.
        let is_file = members.contains_key("contentType");
        if !is_file
            && OF_ARCHIVE.iter().any(|field| members.contains_key(*field))
            && let Some(size) = members.get_mut("size")
        {
            *size = ARCHIVE_SIZE.into();
        }
        members
            .into_iter()
            .map(|(name, value)| {
                let is_kept = is_file && name == "sha256";
                let value = if is_kept { value } else { self.value(&name, value) };
                (name, value)
            })
            .collect()
    }

    /// Replaces what is not stable in headers.
    pub fn headers(&mut self, headers: BTreeMap<String, String>) -> BTreeMap<String, String> {
        headers
            .into_iter()
            .map(|(name, value)| {
                let value = self.string(&name, &value);
                (name, value)
            })
            .collect()
    }

    /// Shortens a page to its beginning. Other texts are kept.
    pub fn text(&mut self, media: &str, text: &str) -> String {
        let text = match text.split_once("</title>") {
            Some((begin, _)) if media.starts_with("text/html") => format!("{begin}</title>…"),
            _ => text.to_owned(),
        };
        self.string("", &text)
    }

    fn string(&mut self, field: &str, text: &str) -> String {
        if let Some((_, fixed)) = FIELDS.iter().find(|(name, _)| *name == field) {
            return (*fixed).to_owned();
        }
        let text = match text.strip_prefix(STORE.0).and_then(|rest| rest.split_once('/')) {
            Some((_, path)) => {
                let path = path.split('?').next().unwrap_or_default();
                format!("{}/{path}?signature=example", STORE.1)
            }
            None => text.to_owned(),
        };
        self.ids(&without_tokens(&text))
    }

    /// Replaces the ids in a text.
    fn ids(&mut self, text: &str) -> String {
        let mut replaced = String::new();
        let mut word = String::new();
        for letter in text.chars().chain([' ']) {
            if letter.is_ascii_alphanumeric() {
                word.push(letter);
                continue;
            }
            replaced.push_str(&self.word(&word));
            word.clear();
            replaced.push(letter);
        }
        replaced.pop();
        replaced
    }

    fn word(&mut self, word: &str) -> String {
        // Ids without a time are constants, such as those of the standard plans.
        if word.len() != LENGTH
            || word.starts_with("0000000000")
            || !word.bytes().all(|letter| LETTERS.contains(&letter))
        {
            return word.to_owned();
        }
        let count = self.ids.len();
        let new = || format!("{}{}", &word[..TIME], random_half(count));
        self.ids.entry(word.to_owned()).or_insert_with(new).clone()
    }
}

/// Replaces the tokens in a text: those of links, and signed ones.
fn without_tokens(text: &str) -> String {
    let mut replaced = text.to_owned();
    for before in BEFORE_TOKENS {
        replaced = replace_behind(&replaced, before, before);
    }
    replace_behind(&replaced, SIGNED, "")
}

/// Replaces each token that follows `before`, and `before` itself by `kept`.
fn replace_behind(text: &str, before: &str, kept: &str) -> String {
    let mut parts = text.split(before);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter)))
            .unwrap_or(part.len());
        // A sentence may end behind a link.
        let token = part[..end].trim_end_matches('.');
        let (kept, token_shown) =
            if token.len() > 20 { (kept, "example-token") } else { (before, token) };
        replaced.extend([kept, token_shown, &part[token.len()..]]);
    }
    replaced
}

/// 80 bits that look random, from a counter (SplitMix64).
fn random_half(count: usize) -> String {
    let mut state = u64::try_from(count).unwrap_or_default();
    let mut letters = String::new();
    while letters.len() < LENGTH - TIME {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        letters.push(char::from(LETTERS[usize::try_from(bits & 31).unwrap_or_default()]));
    }
    letters
}

//! Values that only a user's own key decrypts: AES-256-GCM with a random nonce, bound to the
//! pseudonym so that a sealed value cannot be moved to another entry's subject.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use provost_domain::{Pseudonym, secret::SubjectKey};

/// Seals a text under a user's key. The format is base64 of nonce (12 bytes), ciphertext and tag
/// (16 bytes).
pub fn seal(key: &SubjectKey, pseudonym: Pseudonym, text: &str) -> Option<String> {
    seal_with(&key.0, pseudonym.to_string().as_bytes(), text.as_bytes())
}

/// Opens a sealed text; `None` when the key is wrong.
pub fn open(key: &SubjectKey, pseudonym: Pseudonym, sealed: &str) -> Option<String> {
    let clear = open_with(&key.0, pseudonym.to_string().as_bytes(), sealed)?;
    String::from_utf8(clear).ok()
}

/// Seals bytes under any 256-bit key, bound to a context.
pub fn seal_with(key: &[u8; 32], context: &[u8], clear: &[u8]) -> Option<String> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    let mut sealed = clear.to_vec();
    let nonce = key.seal_in_place_append_tag(Aad::from(context), &mut sealed).ok()?;
    let mut whole = nonce.as_ref().to_vec();
    whole.append(&mut sealed);
    Some(BASE64.encode(whole))
}

/// Opens what [`seal_with`] sealed.
pub fn open_with(key: &[u8; 32], context: &[u8], sealed: &str) -> Option<Vec<u8>> {
    let mut whole = BASE64.decode(sealed).ok()?;
    if whole.len() < 28 {
        return None;
    }
    let mut sealed = whole.split_off(12);
    let nonce = Nonce::try_assume_unique_for_key(&whole).ok()?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    key.open_in_place(nonce, Aad::from(context), &mut sealed).ok().map(|clear| clear.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonym(n: u8) -> Pseudonym {
        format!("psn_01ARZ3NDEKTSV4RRFFQ69G5FA{n}").parse().unwrap()
    }

    #[test]
    fn only_the_right_key_and_subject_open_a_value() {
        let key = SubjectKey([7; 32]);
        let sealed = seal(&key, pseudonym(1), "ada@example.org").unwrap();
        assert_eq!(open(&key, pseudonym(1), &sealed).as_deref(), Some("ada@example.org"));
        assert_eq!(open(&key, pseudonym(2), &sealed), None);
        assert_eq!(open(&SubjectKey([8; 32]), pseudonym(1), &sealed), None);
        assert_eq!(open(&key, pseudonym(1), &sealed[..20]), None);
    }

    #[test]
    fn sealing_the_same_value_twice_gives_different_texts() {
        let key = SubjectKey([7; 32]);
        assert_ne!(seal(&key, pseudonym(1), "x"), seal(&key, pseudonym(1), "x"));
    }
}

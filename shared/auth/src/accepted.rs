//! A cache of access tokens with a valid signature. The signature depends only on the token and the
//! key, so verifying it again gives the same result, and verification costs more than everything
//! else done with a token. Each request still checks the token's times and reads the account.
//!
//! The cache belongs to one set of keys: other keys have another [`Verifier`](crate::Verifier),
//! whose cache starts empty.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};

/// The maximum number of cached tokens. A Lambda sandbox serves one request at a time and lives for
/// hours; a token lives for minutes.
const MAX: usize = 256;

/// The claims of accepted tokens, by the digest of the whole token; the token itself is not kept.
#[derive(Clone, Default)]
pub(crate) struct Accepted(Arc<Mutex<Claims>>);

/// Claims in JSON, by the digest of their token.
type Claims = HashMap<[u8; 32], Arc<[u8]>>;

/// The digest of a token.
pub(crate) fn digest_of(token: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    bytes
}

impl Accepted {
    /// The claims of an accepted token, in JSON.
    pub(crate) fn claims(&self, token: &[u8; 32]) -> Option<Arc<[u8]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    /// Remembers a token. A full cache is cleared, which avoids tracking an order; each token is
    /// then verified once more.
    pub(crate) fn remember(&self, token: [u8; 32], claims: Vec<u8>) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MAX {
            tokens.clear();
        }
        tokens.insert(token, claims.into());
    }
}

#[cfg(test)]
mod tests {
    use provost_domain::{SessionId, Timestamp, UserId, time::MINUTE};
    use ulid::Ulid;

    use super::*;
    use crate::{
        Purpose, Signer, Verifier,
        keys::{PublicKeys, generate},
        token::{AccessClaims, NotAccepted},
    };

    fn signer() -> Signer {
        Signer::read(Purpose::Session, &generate().expect("a key")).expect("a key")
    }

    fn verifier(signer: &Signer) -> Verifier {
        Verifier::new(PublicKeys { keys: vec![signer.public().clone()] }).expect("a verifier")
    }

    fn claims(number: u128) -> AccessClaims {
        AccessClaims::of(UserId::new(Ulid::from(number)), SessionId::new(Ulid::from(number)))
    }

    fn start() -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000)
    }

    #[test]
    fn an_accepted_token_expires_like_any_other() {
        let (signer, now) = (signer(), start());
        let verifier = verifier(&signer);
        let token = signer.sign(claims(1), now, MINUTE).expect("a token");
        let read = |at| verifier.verify::<AccessClaims>(Purpose::Session, &token, at);
        assert_eq!(read(now), Ok(claims(1)));
        assert_eq!(read(now.plus(MINUTE)), Ok(claims(1)));
        assert_eq!(read(now.plus(2 * MINUTE)), Err(NotAccepted::Expired));
        assert_eq!(read(now.plus(-2 * MINUTE)), Err(NotAccepted::Forged), "it is not valid yet");
    }

    #[test]
    fn an_accepted_token_is_rejected_with_one_character_changed() {
        let (signer, now) = (signer(), start());
        let verifier = verifier(&signer);
        let token = signer.sign(claims(1), now, MINUTE).expect("a token");
        assert!(verifier.verify::<AccessClaims>(Purpose::Session, &token, now).is_ok());
        for at in (0..token.len()).filter(|at| token.as_bytes()[*at] != b'.') {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'E' } else { b'A' };
            let changed = String::from_utf8(changed).expect("a text");
            assert!(
                changed == token
                    || verifier.verify::<AccessClaims>(Purpose::Session, &changed, now).is_err(),
                "{at}"
            );
        }
    }

    #[test]
    fn an_accepted_token_is_rejected_for_another_purpose_and_by_other_keys() {
        let (signer, now) = (signer(), start());
        let before = verifier(&signer);
        let token = signer.sign(claims(1), now, MINUTE).expect("a token");
        assert!(before.verify::<AccessClaims>(Purpose::Session, &token, now).is_ok());
        assert_eq!(
            before.verify::<AccessClaims>(Purpose::Link, &token, now),
            Err(NotAccepted::Forged)
        );
        let rotated = verifier(&self::signer());
        assert_eq!(
            rotated.verify::<AccessClaims>(Purpose::Session, &token, now),
            Err(NotAccepted::Forged)
        );
    }

    #[test]
    fn the_number_of_cached_tokens_is_limited() {
        let (signer, now) = (signer(), start());
        let verifier = verifier(&signer);
        for number in 0..=(MAX as u128) {
            let token = signer.sign(claims(number), now, MINUTE).expect("a token");
            assert_eq!(
                verifier.verify::<AccessClaims>(Purpose::Session, &token, now),
                Ok(claims(number))
            );
            assert!(verifier.accepted.claims(&digest_of(&token)).is_some());
        }
        assert_eq!(verifier.accepted.0.lock().expect("the lock is not poisoned").len(), 1);
    }
}

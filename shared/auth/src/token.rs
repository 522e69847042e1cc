//! Signed tokens: access tokens of ten minutes, links in mail, receipts.
//!
//! RFC 8725 holds: one algorithm, which the key decides and the token does not; `typ`, `iss`,
//! `aud`, `exp` and `nbf` are checked; `jku`, `jwk`, `x5u` and `crit` are refused unread.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header, Validation};
use provost_domain::{DeletionId, SessionId, Timestamp, UserId, time::SECOND};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    accepted::digest_of,
    keys::{InvalidKey, Purpose, Signer, Verifier},
};

/// Who signs.
pub const ISSUER: &str = "provost";
/// How far clocks may stand apart, in milliseconds.
pub const LEEWAY: i64 = 30 * SECOND;
/// The longest token that is looked at, in bytes.
const MAX_LENGTH: usize = 4096;

/// What an access token says. It carries no permission: those are read anew on every request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The person.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
}

/// What a link in a mail is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum LinkClaims {
    /// Confirms the e-mail address that the account had when the mail was written.
    VerifyEmail {
        /// The person.
        sub: UserId,
        /// SHA-256 of the address, hexadecimal: a link confirms only the address it was sent to.
        email: String,
    },
    /// Sets a new password, once.
    ResetPassword {
        /// The person.
        sub: UserId,
        /// How many passwords were set before; a link works only while this still holds.
        resets: u64,
        /// SHA-256 of the address, hexadecimal: a link works only while the account has the address
        /// it was sent to.
        email: String,
    },
    /// Cancels a deletion.
    CancelDeletion {
        /// The request.
        sub: DeletionId,
    },
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    #[serde(flatten)]
    claims: T,
}

/// Why a token was not accepted. The caller hears only that it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// Forged, damaged, for another purpose, or by a key that is not ours.
    #[error("the token is not one of ours")]
    Forged,
    /// Once good, but its time is up.
    #[error("the token has expired")]
    Expired,
}

impl Signer {
    /// Signs claims for a while, in milliseconds.
    ///
    /// # Errors
    /// [`InvalidKey`] when the claims cannot be signed.
    pub fn sign<T: Serialize>(
        &self,
        claims: T,
        now: Timestamp,
        life: i64,
    ) -> Result<String, InvalidKey> {
        let envelope = Envelope {
            iss: ISSUER.to_owned(),
            aud: audience(self.purpose()),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.plus(life).seconds(),
            claims,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(self.purpose().typ().to_owned());
        header.kid = Some(self.public().kid.clone());
        jsonwebtoken::encode(&header, &envelope, self.key())
            .map_err(|_| InvalidKey("the claims cannot be signed"))
    }
}

impl Verifier {
    /// Reads the claims of a token for this purpose. At the instant of its expiry, give or take the
    /// leeway, it is no longer good.
    ///
    /// # Errors
    /// [`NotAccepted`].
    pub fn verify<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        token: &str,
        now: Timestamp,
    ) -> Result<T, NotAccepted> {
        use NotAccepted::Forged;
        if token.len() > MAX_LENGTH {
            return Err(Forged);
        }
        // Only access tokens come again and again.
        let digest = (purpose == Purpose::Session).then(|| digest_of(token));
        let accepted = digest.and_then(|digest| self.accepted.claims(&digest));
        if let Some(claims) = accepted {
            return serde_json::from_slice::<Envelope<T>>(&claims).map_err(|_| Forged)?.at(now);
        }
        let envelope = self.check::<T>(purpose, token)?;
        if let Some(digest) = digest
            && let Some(claims) =
                token.split('.').nth(1).and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok())
        {
            self.accepted.remember(digest, claims);
        }
        envelope.at(now)
    }

    /// Checks all but the times.
    fn check<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Result<Envelope<T>, NotAccepted> {
        use NotAccepted::Forged;
        if !plain_header(token) {
            return Err(Forged);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Forged)?;
        if header.typ.as_deref() != Some(purpose.typ()) || header.alg != Algorithm::EdDSA {
            return Err(Forged);
        }
        let key = self.key(purpose, header.kid.as_deref().ok_or(Forged)?).ok_or(Forged)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[audience(purpose)]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "nbf"]);
        // Time is an argument here, so the library's own clock stays out of it.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(jsonwebtoken::decode::<Envelope<T>>(token, key, &validation).map_err(|_| Forged)?.claims)
    }
}

impl<T> Envelope<T> {
    /// The claims, if they are good at this moment.
    fn at(self, now: Timestamp) -> Result<T, NotAccepted> {
        if self.nbf > now.plus(LEEWAY).seconds() {
            return Err(NotAccepted::Forged);
        }
        if now.plus(-LEEWAY).seconds() >= self.exp {
            return Err(NotAccepted::Expired);
        }
        Ok(self.claims)
    }
}

fn audience(purpose: Purpose) -> String {
    format!("provost:{}", purpose.as_str())
}

/// Whether the header holds nothing but `alg`, `typ` and `kid`: a header that brings its own key or
/// demands an extension is refused before anything is checked.
fn plain_header(token: &str) -> bool {
    let Some(header) = token.split('.').next() else { return false };
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(header) else { return false };
    let Ok(map) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes)
    else {
        return false;
    };
    map.keys().all(|name| matches!(name.as_str(), "alg" | "typ" | "kid"))
}

//! Signed tokens: access tokens valid for ten minutes, links in emails, receipts.
//!
//! As RFC 8725 recommends: one algorithm, chosen by the key and not by the token; `typ`, `iss`,
//! `aud`, `exp` and `nbf` are checked; tokens with `jku`, `jwk`, `x5u` or `crit` are rejected.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header, Validation};
use provost_domain::{
    DeletionId, HandoverId, SessionId, Timestamp, UserId, application::AppealedBan, time::SECOND,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    accepted::digest_of,
    keys::{InvalidKey, Purpose, Signer, Verifier},
};

/// The issuer.
pub const ISSUER: &str = "provost";
/// The tolerated clock skew, in milliseconds.
pub const LEEWAY: i64 = 30 * SECOND;
/// The maximum length of a token, in bytes.
const MAX_LENGTH: usize = 4096;

/// The claims of an access token. It carries no permissions: those are read on every request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The user.
    pub sub: UserId,
    /// The session; of an impersonation, its id.
    pub sid: SessionId,
    /// The staff member who acts as the user (RFC 8693, 4.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub act: Option<ActClaim>,
}

/// Who acts as the user of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActClaim {
    /// The staff member.
    pub sub: UserId,
}

impl AccessClaims {
    /// The claims of a user who acts for themselves.
    pub const fn of(user: UserId, session: SessionId) -> Self {
        Self { sub: user, sid: session, act: None }
    }
}

/// The claims of a link in an email.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum LinkClaims {
    /// Confirms the email address that the account had when the email was written.
    VerifyEmail {
        /// The user.
        sub: UserId,
        /// SHA-256 of the address, hexadecimal: a link confirms only the address it was sent to.
        email: String,
    },
    /// Sets a new password, once.
    ResetPassword {
        /// The user.
        sub: UserId,
        /// How many passwords were set before; a link works only while the number is unchanged.
        resets: u64,
        /// SHA-256 of the address, hexadecimal: a link works only while the account has the address
        /// it was sent to.
        email: String,
    },
    /// Cancels a deletion.
    CancelDeletion {
        /// The deletion request.
        sub: DeletionId,
    },
    /// Appeals against one ban.
    Appeal {
        /// The banned user.
        sub: UserId,
        /// The ban.
        ban: AppealedBan,
    },
    /// Shows the credentials of a bucket, once.
    BucketCredentials {
        /// The user that the bucket is assigned to.
        sub: UserId,
        /// The handover.
        handover: HandoverId,
    },
    /// Stops broadcasts to a user.
    Unsubscribe {
        /// The user.
        sub: UserId,
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

/// Why a token was rejected. The caller learns only that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// Forged, damaged, for another purpose, or signed with an unknown key.
    #[error("the token is not one of ours")]
    Forged,
    /// Valid once, but expired.
    #[error("the token has expired")]
    Expired,
}

impl Signer {
    /// Signs claims with a lifetime in milliseconds.
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
    /// Reads the claims of a token for this purpose. From the instant of its expiry, give or take
    /// the leeway, it is invalid.
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
        // Only access tokens are sent repeatedly.
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

    /// Checks everything but the times.
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
        // Time is an argument here, so the library's own clock is not used.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(jsonwebtoken::decode::<Envelope<T>>(token, key, &validation).map_err(|_| Forged)?.claims)
    }
}

impl<T> Envelope<T> {
    /// The claims, if they are valid at this time.
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

/// Whether the header contains only `alg`, `typ` and `kid`: a header that brings its own key or
/// requires an extension is rejected before anything is checked.
fn plain_header(token: &str) -> bool {
    let Some(header) = token.split('.').next() else { return false };
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(header) else { return false };
    let Ok(map) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes)
    else {
        return false;
    };
    map.keys().all(|name| matches!(name.as_str(), "alg" | "typ" | "kid"))
}

//! What a request shows of who sends it, before anything is read from a table.

use provost_domain::{SessionId, Timestamp, UserId, secret::Digest};

use crate::{
    keys::{Purpose, Verifier},
    secret,
    token::{AccessClaims, NotAccepted},
};

/// The portal's cookie. `__Host-` binds it to this host, over TLS, on every path.
pub const COOKIE: &str = "__Host-provost";

/// A credential as it was shown.
#[derive(Debug, Clone)]
pub enum Presented {
    /// None.
    Nothing,
    /// A good access token.
    Session {
        /// The person.
        user: UserId,
        /// The session.
        session: SessionId,
        /// Whether it came as a cookie, which a browser sends unasked.
        cookie: bool,
    },
    /// Something of an API key's form.
    ApiKey {
        /// Whose it says it is.
        user: UserId,
        /// Its digest.
        digest: Digest,
    },
    /// An access token whose time is up.
    Expired,
    /// Something else.
    Unknown,
}

impl Presented {
    /// Reads the `Authorization` header and, only when there is none, the portal's cookie.
    pub fn read(authorization: Option<&str>, cookies: Option<&str>, verifier: &Verifier, now: Timestamp) -> Self {
        let (token, cookie) = match (authorization, cookies) {
            (Some(header), _) => match header.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => (token.trim(), false),
                _ => return Self::Unknown,
            },
            (None, Some(cookies)) => {
                match cookies.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE) {
                    Some((_, token)) => (token, true),
                    None => return Self::Nothing,
                }
            }
            (None, None) => return Self::Nothing,
        };
        if token.starts_with(secret::API_KEY_PREFIX) {
            return match secret::api_key_owner(token) {
                Some(user) if !cookie => Self::ApiKey { user, digest: secret::digest_of(token) },
                _ => Self::Unknown,
            };
        }
        match verifier.verify::<AccessClaims>(Purpose::Session, token, now) {
            Ok(claims) => Self::Session { user: claims.sub, session: claims.sid, cookie },
            Err(NotAccepted::Expired) => Self::Expired,
            Err(NotAccepted::Forged) => Self::Unknown,
        }
    }

    /// Whose state has to be read to decide.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::Session { user, .. } | Self::ApiKey { user, .. } => Some(*user),
            _ => None,
        }
    }
}

//! The credential of a request, before any table is read.

use provost_domain::{SessionId, Timestamp, UserId, secret::Digest};

use crate::{
    keys::{Purpose, Verifier},
    secret,
    token::{AccessClaims, NotAccepted},
};

/// The portal's cookie. `__Host-` binds it to this host, over TLS, on every path.
pub const COOKIE: &str = "__Host-provost";

/// A presented credential.
#[derive(Debug, Clone)]
pub enum Presented {
    /// None.
    Nothing,
    /// A valid access token.
    Session {
        /// The user.
        user: UserId,
        /// The session.
        session: SessionId,
        /// Whether it was sent as a cookie, which a browser sends automatically.
        cookie: bool,
    },
    /// A valid access token of a staff member who acts as a user.
    Impersonation {
        /// The user.
        target: UserId,
        /// The staff member.
        actor: UserId,
        /// The impersonation.
        id: SessionId,
    },
    /// A text in the format of an API key.
    ApiKey {
        /// The user that the key names.
        user: UserId,
        /// Its digest.
        digest: Digest,
    },
    /// A text in the format of a system key.
    SystemKey {
        /// The service that the key names.
        service: String,
        /// Its digest.
        digest: Digest,
    },
    /// An expired access token.
    Expired,
    /// Anything else.
    Unknown,
}

impl Presented {
    /// Reads the `Authorization` header and, without one, the portal's cookie.
    pub fn read(
        authorization: Option<&str>,
        cookies: Option<&str>,
        verifier: &Verifier,
        now: Timestamp,
    ) -> Self {
        let (token, cookie) = match (authorization, cookies) {
            (Some(header), _) => match header.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                    (token.trim(), false)
                }
                _ => return Self::Unknown,
            },
            (None, Some(cookies)) => {
                match cookies
                    .split(';')
                    .filter_map(|pair| pair.trim().split_once('='))
                    .find(|(name, _)| *name == COOKIE)
                {
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
        if token.starts_with(secret::SYSTEM_KEY_PREFIX) {
            return match secret::system_key_service(token) {
                Some(service) if !cookie => {
                    let service = service.to_owned();
                    Self::SystemKey { service, digest: secret::digest_of(token) }
                }
                _ => Self::Unknown,
            };
        }
        match verifier.verify::<AccessClaims>(Purpose::Session, token, now) {
            // No page stores the token of an impersonation in the cookie.
            Ok(AccessClaims { act: Some(_), .. }) if cookie => Self::Unknown,
            Ok(AccessClaims { sub: target, sid: id, act: Some(act) }) => {
                Self::Impersonation { target, actor: act.sub, id }
            }
            Ok(claims) => Self::Session { user: claims.sub, session: claims.sid, cookie },
            Err(NotAccepted::Expired) => Self::Expired,
            Err(NotAccepted::Forged) => Self::Unknown,
        }
    }

    /// The user whose data the request is about, and whose state must be read.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::Session { user, .. }
            | Self::ApiKey { user, .. }
            | Self::Impersonation { target: user, .. } => Some(*user),
            _ => None,
        }
    }

    /// The staff member who acts as the user, whose state must be read too.
    pub const fn impersonator(&self) -> Option<UserId> {
        match self {
            Self::Impersonation { actor, .. } => Some(*actor),
            _ => None,
        }
    }
}

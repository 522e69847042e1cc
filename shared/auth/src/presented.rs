//! The credential of a request, before any table is read.

use provost_domain::{SessionId, Timestamp, UserId, secret::Digest};

use crate::{
    keys::{Purpose, Verifier},
    secret,
    token::{AccessClaims, NotAccepted},
};

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
    /// Reads the `Authorization` header. A browser sends no such header by itself, so no other site
    /// can use it.
    pub fn read(authorization: Option<&str>, verifier: &Verifier, now: Timestamp) -> Self {
        let Some(header) = authorization else { return Self::Nothing };
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Self::Unknown,
        };
        if token.starts_with(secret::API_KEY_PREFIX) {
            return match secret::api_key_owner(token) {
                Some(user) => Self::ApiKey { user, digest: secret::digest_of(token) },
                _ => Self::Unknown,
            };
        }
        if token.starts_with(secret::SYSTEM_KEY_PREFIX) {
            return match secret::system_key_service(token) {
                Some(service) => {
                    let service = service.to_owned();
                    Self::SystemKey { service, digest: secret::digest_of(token) }
                }
                _ => Self::Unknown,
            };
        }
        match verifier.verify::<AccessClaims>(Purpose::Session, token, now) {
            Ok(AccessClaims { sub: target, sid: id, act: Some(act) }) => {
                Self::Impersonation { target, actor: act.sub, id }
            }
            Ok(claims) => Self::Session { user: claims.sub, session: claims.sid },
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

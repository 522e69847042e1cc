//! Refresh tokens: each works once and returns the next. Using an old one again ends the session,
//! since it means that a token was stolen.

use provost_domain::{
    ApiError, Code, SessionId, Timestamp, UserId,
    secret::HalfDigest,
    session::{Later, LiveSession, SESSION_IDLE},
};

use crate::secret::{NoRandomness, UlidText, digest_of, token};

const PREFIX: &str = "prr_";

/// The parts of a refresh token: the part shared by its family, the part of this token alone, and
/// its owner.
#[derive(Clone)]
pub struct RefreshToken {
    family: String,
    secret: String,
    /// The session.
    pub session: SessionId,
    /// The user.
    pub user: UserId,
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RefreshToken({})", self.session)
    }
}

impl RefreshToken {
    /// The first token of a new family.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn first(user: UserId, session: SessionId) -> Result<Self, NoRandomness> {
        Ok(Self { family: token()?, secret: token()?, session, user })
    }

    /// The next token of the same family.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn next(&self) -> Result<Self, NoRandomness> {
        Ok(Self { secret: token()?, ..self.clone() })
    }

    /// Parses a token; `None` when the format is wrong.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('.');
        let (family, secret, session, user) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || family.len() != 43 || secret.len() != 43 {
            return None;
        }
        Some(Self {
            family: family.to_owned(),
            secret: secret.to_owned(),
            session: format!("{}_{session}", SessionId::PREFIX).parse().ok()?,
            user: format!("{}_{user}", UserId::PREFIX).parse().ok()?,
        })
    }

    /// The token as text.
    pub fn text(&self) -> String {
        format!(
            "{PREFIX}{}.{}.{}.{}",
            self.family,
            self.secret,
            self.session.ulid().to_string_fixed(),
            self.user.ulid().to_string_fixed()
        )
    }

    /// The session that starts with this token.
    pub fn start(&self, now: Timestamp, mfa: bool) -> LiveSession {
        LiveSession {
            expires_at: now.plus(SESSION_IDLE),
            last_active_at: now,
            family: digest_of(&self.family).half(),
            refresh: digest_of(&self.secret).half(),
            mfa,
            pending_deletion: false,
            later: Later::default(),
        }
    }

    /// Checks this token against a session.
    pub fn check(&self, session: Option<&LiveSession>, now: Timestamp) -> TokenStatus {
        let Some(session) = session.filter(|session| now < session.expires_at) else {
            return TokenStatus::Ended;
        };
        if !session.family.matches(&digest_of(&self.family).half()) {
            return TokenStatus::Foreign;
        }
        if session.refresh.matches(&digest_of(&self.secret).half()) {
            TokenStatus::Current
        } else {
            TokenStatus::Reused
        }
    }

    /// The digest of this token that the session stores.
    pub fn digest(&self) -> HalfDigest {
        digest_of(&self.secret).half()
    }
}

/// The validity of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenStatus {
    /// Valid.
    Current,
    /// Of this family, but already used: the session ends.
    Reused,
    /// Of another family: a guess, which changes nothing.
    Foreign,
    /// The session has ended.
    Ended,
}

/// The error for every token that is not valid; the exact reason is not revealed.
pub fn ended() -> ApiError {
    ApiError::new(Code::SessionEnded, "This session has ended. Sign in again.")
}

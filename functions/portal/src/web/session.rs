//! The session of a person in the portal: three cookies that only this server reads.
//!
//! The access token is verified on each request; when it has expired, the server exchanges the
//! refresh token and sets new cookies, so that nobody is signed out while working. Requests at the
//! same time exchange the same token with the same idempotency key, and get the same new one.
//! A session of the portal ends a working day after the sign-in: docs/decisions/0066-staff-portal.md.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, Method, header};
use provost_auth::Presented;
use provost_domain::{SessionId, Timestamp, UserId};
use serde_json::{Value, json};

use crate::client::{CallError, Client};

/// Time after the sign-in at which a session of the portal ends, in milliseconds: a working day.
pub const WORKING_DAY: i64 = 12 * 60 * 60 * 1000;
/// Time after the sign-in in which dangerous actions need no password, in milliseconds.
pub const RECENT: i64 = 10 * 60 * 1000;
/// The header of an idempotency key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The names and attributes of the cookies.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    /// Whether the deployment is reached over TLS. Without it, which is only the case on the local
    /// stack, browsers refuse cookies with `Secure` and the prefix `__Host-`.
    secure: bool,
}

/// The tokens of a session, as they are in the cookies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Access token.
    pub access: String,
    /// Refresh token.
    pub refresh: String,
    /// Secret that the tokens of forms are made from.
    pub secret: String,
}

/// An impersonation by the person who is signed in.
#[derive(Debug, Clone)]
pub struct Acting {
    /// Its token.
    pub token: String,
    /// Its id.
    pub id: SessionId,
    /// The user.
    pub target: UserId,
    /// Whether changes are refused.
    pub only_looks: bool,
    /// When it ends.
    pub ends_at: Timestamp,
    /// The name of the member of staff.
    pub actor: String,
}

/// A session of a signed-in person.
#[derive(Debug, Clone)]
pub struct Session {
    /// The tokens.
    pub tokens: Tokens,
    /// The person.
    pub user: UserId,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
    /// Whether the tokens are new, so that the response has to set the cookies.
    pub renewed: bool,
    /// The user whom the person acts as.
    pub acting: Option<Box<Acting>>,
}

/// What a request says about its session.
#[derive(Debug)]
pub enum SessionState {
    /// The person is signed in.
    SignedIn(Box<Session>),
    /// The person is signed out. `had_session` tells whether cookies have to be deleted.
    SignedOut {
        /// Whether the request had cookies.
        had_session: bool,
    },
}

impl Cookies {
    /// The cookies of a deployment with this address.
    pub fn of(public_url: &str) -> Self {
        Self { secure: public_url.starts_with("https://") }
    }

    fn name(self, kind: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}provost-portal-{kind}")
    }

    /// The value of a cookie.
    pub fn read(self, headers: &HeaderMap, kind: &str) -> Option<String> {
        let name = self.name(kind);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(known, value)| *known == name && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    }

    fn tokens(self, headers: &HeaderMap) -> Option<Tokens> {
        Some(Tokens {
            access: self.read(headers, "access")?,
            refresh: self.read(headers, "refresh")?,
            secret: self.read(headers, "form")?,
        })
    }

    /// The value of `Set-Cookie` for a cookie.
    pub fn line(self, kind: &str, value: &str, seconds: i64) -> String {
        let secure = if self.secure { " Secure;" } else { "" };
        // Lax, so that a link in an email or the way back from Stripe finds the session.
        format!(
            "{}={value}; Path=/; Max-Age={seconds}; HttpOnly;{secure} SameSite=Lax",
            self.name(kind)
        )
    }

    /// The values of `Set-Cookie` that store a session until its end.
    pub fn store(self, tokens: &Tokens, signed_in_at: Timestamp, now: Timestamp) -> Vec<String> {
        let left = seconds_left(signed_in_at, now);
        vec![
            self.line("access", &tokens.access, left),
            self.line("refresh", &tokens.refresh, left),
            self.line("form", &tokens.secret, left),
        ]
    }

    /// The values of `Set-Cookie` that delete a session.
    pub fn delete(self) -> Vec<String> {
        ["access", "refresh", "form", "acting"].map(|kind| self.line(kind, "", 0)).to_vec()
    }
}

impl Tokens {
    /// The tokens in the response to a sign-in or refresh.
    pub fn of(answer: &Value, secret: String) -> Option<Self> {
        let text = |name: &str| answer.get(name)?.as_str().map(str::to_owned);
        Some(Self { access: text("accessToken")?, refresh: text("refreshToken")?, secret })
    }

    /// The token of this session's forms. Another site can neither read the secret nor set it.
    pub fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, format!("form\n{}", self.secret).as_bytes()))
    }
}

impl Session {
    /// The token of forms. A form that was opened while acting as a user is not valid for the
    /// person's own account, and the reverse.
    pub fn form_token(&self) -> String {
        match &self.acting {
            None => self.tokens.form_token(),
            Some(acting) => {
                let text = format!("form\n{}\n{}", self.tokens.secret, acting.id);
                URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
            }
        }
    }

    /// Seconds until the session ends.
    pub fn seconds_left(&self, now: Timestamp) -> i64 {
        seconds_left(self.signed_in_at, now)
    }
}

fn seconds_left(signed_in_at: Timestamp, now: Timestamp) -> i64 {
    (WORKING_DAY - now.since(signed_in_at)).max(0) / 1000
}

/// Reads the session of a request, and renews it if its access token has expired.
///
/// # Errors
/// When the API does not respond.
pub async fn read(
    cookies: Cookies,
    headers: &HeaderMap,
    client: &Client,
    app: &provost_app::App,
) -> Result<SessionState, CallError> {
    let had_session = cookies.read(headers, "refresh").is_some();
    let signed_out = SessionState::SignedOut { had_session };
    let Some(tokens) = cookies.tokens(headers) else { return Ok(signed_out) };
    let now = app.now();
    let read = |tokens: Tokens, renewed: bool| match owner(app, &tokens.access) {
        Access::Valid(user, session) => {
            let signed_in_at = began(session);
            let left = WORKING_DAY - now.since(signed_in_at);
            (left > 0)
                .then(|| Box::new(Session { tokens, user, signed_in_at, renewed, acting: None }))
        }
        Access::Expired | Access::Invalid => None,
    };
    if !matches!(owner(app, &tokens.access), Access::Expired) {
        return Ok(read(tokens, false).map_or(signed_out, SessionState::SignedIn));
    }
    let key =
        format!("portal-{}", URL_SAFE_NO_PAD.encode(digest(&SHA256, tokens.refresh.as_bytes())));
    let body = json!({ "refreshToken": tokens.refresh });
    let renewed = client
        .send(
            Method::POST,
            "/api/sessions/refresh",
            Some(&body),
            &[(IDEMPOTENCY_KEY, key.as_str())],
        )
        .await;
    match renewed {
        Ok(answer) => {
            let renewed = Tokens::of(&answer.body, tokens.secret);
            let session = renewed.and_then(|tokens| read(tokens, true));
            Ok(session.map_or(signed_out, SessionState::SignedIn))
        }
        Err(CallError::Refused(_)) => Ok(signed_out),
        Err(CallError::Failed) => Err(CallError::Failed),
    }
}

/// When a session began: its id contains the time.
fn began(session: SessionId) -> Timestamp {
    Timestamp::from_millis(i64::try_from(session.ulid().timestamp_ms()).unwrap_or_default())
}

enum Access {
    Valid(UserId, SessionId),
    Expired,
    Invalid,
}

fn owner(app: &provost_app::App, token: &str) -> Access {
    let header = format!("Bearer {token}");
    match Presented::read(Some(&header), app.verifier(), app.now()) {
        Presented::Session { user, session, .. } => Access::Valid(user, session),
        Presented::Expired => Access::Expired,
        _ => Access::Invalid,
    }
}

/// When the session of an access token began; `None` for another token.
pub fn signed_in_at(app: &provost_app::App, token: &str) -> Option<Timestamp> {
    match owner(app, token) {
        Access::Valid(_, session) => Some(began(session)),
        Access::Expired | Access::Invalid => None,
    }
}

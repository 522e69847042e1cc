//! What signing in and refreshing answer: an access token of ten minutes and the refresh token that gets the next one.

use provost_auth::{Purpose, presented::COOKIE, refresh::RefreshToken, token::AccessClaims};
use provost_domain::{Principal, session::ACCESS_TOKEN_LIFE};
use provost_http::{Answer, Anyone, Call, Json};
use schemars::JsonSchema;
use serde::Serialize;

/// The tokens of a session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokensView {
    /// How the access token is sent: `Authorization: Bearer …`.
    pub token_type: &'static str,
    /// Proves who is calling.
    pub access_token: String,
    /// Seconds until the access token expires.
    pub expires_in: i64,
    /// Gets the next pair of tokens, once. Showing it a second time ends the session.
    pub refresh_token: String,
    /// The session.
    pub session_id: String,
    /// Whether something has to be verified again before the account has its tier back.
    pub reverify_required: bool,
    /// What keeps the account from being deleted, only where its owner signed in to remove it: the session may hand over or leave organisations, and see or cancel the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_blocked: Option<String>,
}

/// Answers the tokens of a session, and sets the portal's cookie when that is wanted.
pub async fn answer(
    call: &Call<Anyone>,
    refresh: &RefreshToken,
    principal: &Principal,
    deletion_blocked: Option<String>,
    cookie: bool,
) -> Answer<Json<TokensView>> {
    let signer = call.app.keys().signer(Purpose::Session, call.now()).await?;
    let access_token = signer.sign(AccessClaims { sub: refresh.user, sid: refresh.session }, call.now(), ACCESS_TOKEN_LIFE)?;
    let set_cookie = cookie.then(|| format!("{COOKIE}={access_token}; Max-Age={}; {ATTRIBUTES}", ACCESS_TOKEN_LIFE / 1000));
    let view = TokensView {
        token_type: "Bearer",
        access_token,
        expires_in: ACCESS_TOKEN_LIFE / 1000,
        refresh_token: refresh.text(),
        session_id: refresh.session.to_string(),
        reverify_required: principal.entitlements.reverify_required(),
        deletion_blocked,
    };
    let answer = Json::new(view);
    Ok(match set_cookie {
        Some(cookie) => answer.cookie(cookie),
        None => answer,
    })
}

/// `__Host-` demands `Secure` and `Path=/`; scripts never see it, and no other site makes a browser send it.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// The cookie that takes the portal's cookie away.
pub fn no_cookie() -> String {
    format!("{COOKIE}=; Max-Age=0; {ATTRIBUTES}")
}

//! The answer to sign-in and refresh: an access token that is valid for ten minutes, and a refresh
//! token.

use provost_auth::{Purpose, refresh::RefreshToken, token::AccessClaims};
use provost_domain::{User, session::ACCESS_TOKEN_LIFE};
use provost_http::{HandlerResult, Json, PublicGrant, RequestContext};
use schemars::JsonSchema;
use serde::Serialize;

/// Tokens of a session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokensView {
    /// Token type, always `Bearer`: send the access token as `Authorization: Bearer …`.
    pub token_type: &'static str,
    /// Authorizes requests until it expires.
    pub access_token: String,
    /// Lifetime of the access token, in seconds.
    pub expires_in: i64,
    /// Refresh token, valid for one use. Using it a second time ends the session.
    pub refresh_token: String,
    /// The session that the tokens belong to.
    pub session_id: String,
    /// Whether a verification must be repeated before the account has its tier back.
    pub reverify_required: bool,
    /// Reason why a requested deletion is blocked; present only if the session is limited to the
    /// deletion. Such a session can only transfer or leave organisations, and see or cancel the
    /// request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_blocked: Option<String>,
}

/// Returns the tokens of a session.
pub async fn answer(
    ctx: &RequestContext<PublicGrant>,
    refresh: &RefreshToken,
    user: &User,
    deletion_blocked: Option<String>,
) -> HandlerResult<Json<TokensView>> {
    let signer = ctx.app.keys().signer(Purpose::Session, ctx.now()).await?;
    let access_token = signer.sign(
        AccessClaims::of(refresh.user, refresh.session),
        ctx.now(),
        ACCESS_TOKEN_LIFE,
    )?;
    let view = TokensView {
        token_type: "Bearer",
        access_token,
        expires_in: ACCESS_TOKEN_LIFE / 1000,
        refresh_token: refresh.text(),
        session_id: refresh.session.to_string(),
        reverify_required: user.entitlements.reverify_required(),
        deletion_blocked,
    };
    Ok(Json::new(view))
}

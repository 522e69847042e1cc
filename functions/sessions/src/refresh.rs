//! `POST /api/sessions/refresh`: exchange a refresh token for new tokens. Each refresh token works
//! once; using one again ends the session.

use provost_auth::refresh::{RefreshToken, Standing, ended};
use provost_domain::{
    Principal, SessionId, Status,
    audit::{Actor, Resource},
    session::SESSION_IDLE,
};
use provost_http::{Body, HandlerError, HandlerResult, Json, PublicGrant, RequestContext};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::tokens::{self, TokensView};

/// Request to refresh tokens.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refresh {
    /// Latest refresh token of the session. It works once.
    refresh_token: String,
    /// Whether to also set the access token as the portal's cookie `__Host-provost`; `false` by
    /// default.
    #[serde(default)]
    cookie: bool,
}

pub async fn refresh_tokens(
    ctx: RequestContext<PublicGrant>,
    Body(body): Body<Refresh>,
) -> HandlerResult<Json<TokensView>> {
    let now = ctx.now();
    let token = RefreshToken::read(&body.refresh_token).ok_or_else(ended)?;
    let mut principal = ctx.app.store().principal(token.user).await?.ok_or_else(ended)?;
    match token.check(principal.sessions.get(&token.session), now) {
        Standing::Current => {}
        Standing::Reused => return Err(end_family(&ctx, principal, token.session).await),
        Standing::Foreign | Standing::Ended => return Err(ended().into()),
    }
    let Some(live) = principal.sessions.get_mut(&token.session) else { return Err(ended().into()) };
    let leaving = live.leaving;
    let next = token.next()?;
    live.refresh = next.digest();
    live.last_active_at = now;
    live.expires_at = now.plus(SESSION_IDLE);
    if !(leaving && principal.status == Status::Deleted) {
        principal.check_usable(now)?;
    }
    let answer = tokens::answer(&ctx, &next, &principal, None, body.cookie).await?;
    let mut tx = ctx.app.transaction();
    tx.save_principal(&principal)?;
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

/// Either the user or a thief used the token twice, and they cannot be told apart, so the session
/// ends for both.
async fn end_family(
    ctx: &RequestContext<PublicGrant>,
    principal: Principal,
    session: SessionId,
) -> HandlerError {
    let subject = principal.subject();
    let mut entry = ctx.entry(
        "session.ended",
        Resource::Owned { kind: "session", id: session.to_string(), owner: subject.clone() },
    );
    entry.actor = Actor::User(subject);
    entry.reason = Some("a refresh token was used twice".to_owned());
    let mut tx = ctx.app.transaction();
    let written = tx.save_principal(&principal.end_session(session)).and_then(|()| tx.audit(entry));
    match written {
        Ok(()) => tx.commit().await.map_or_else(HandlerError::from, |()| ended().into()),
        Err(error) => error.into(),
    }
}

//! `POST /api/sessions/refresh`: exchange a refresh token for new tokens. Each refresh token works
//! once; using one again ends the session.

use provost_auth::refresh::{RefreshToken, ended};
use provost_http::{Body, HandlerResult, Json, PublicGrant, RequestContext};
use provost_operations::session::{self, RefreshOutcome, Refreshed};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::tokens::{self, TokensView};

/// Request to refresh tokens.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refresh {
    /// Latest refresh token of the session. It works once.
    refresh_token: String,
}

pub async fn refresh_tokens(
    ctx: RequestContext<PublicGrant>,
    Body(body): Body<Refresh>,
) -> HandlerResult<Json<TokensView>> {
    let token = RefreshToken::read(&body.refresh_token).ok_or_else(ended)?;
    let owner = ctx.app.store().user(token.user).await?.ok_or_else(ended)?;
    match session::refresh(&ctx.op(None), owner, &token).await? {
        RefreshOutcome::Renewed(change) => {
            let Refreshed { account, token } = &change.after;
            let answer = tokens::answer(&ctx, token, account, None).await?;
            ctx.complete(*change, |_| answer).await
        }
        RefreshOutcome::Reused(change) => {
            change.commit().await?;
            Err(ended().into())
        }
    }
}

//! `DELETE /api/sessions/two-factor`: turn off the second factor. Requires a code, so that an open
//! session is not enough. Wrong codes count like wrong passwords.

use provost_domain::{ApiError, User, lockout::FAILED_SIGN_INS, second_factor::used_code};
use provost_http::{
    BodyOrQuery, HandlerResult, LimitKey, NoContent, RequestContext, SignedInGrant,
};
use provost_operations::credential::{self, CodeCheck};
use provost_store::StoreError;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::start_two_factor::{complete, session};

/// Request to turn off the second factor.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveTwoFactor {
    /// Current code of the authenticator, or a recovery code.
    code: String,
}

pub async fn disable_two_factor(
    ctx: RequestContext<SignedInGrant>,
    BodyOrQuery(body): BodyOrQuery<RemoveTwoFactor>,
) -> HandlerResult<NoContent> {
    session(&ctx)?;
    let owner = &ctx.caller.user;
    owner.check_two_factor_on()?;
    ctx.check_not_blocked(FAILED_SIGN_INS).await?;
    let (owner, op) = (ctx.count_try(owner.clone()).await?, ctx.op(None));
    let factor = ctx.app.store().second_factor(owner.user_id).await?;
    let factor = factor
        .ok_or_else(|| StoreError::unreadable("a second factor", "it is on, but not there"))?;
    match credential::check_code(&op, &owner, &body.code).await? {
        CodeCheck::Accepted(_) => ctx.try_is_right().await,
        CodeCheck::Used => {
            ctx.try_is_right().await;
            return Err(used_code().into());
        }
        CodeCheck::Wrong => {
            fail(&ctx, owner).await?;
            return Err(ApiError::field(
                "code",
                "wrong",
                "This code is wrong. Send the current code of the authenticator, or a recovery code.",
            )
            .into());
        }
    }
    let change = credential::disable_two_factor(&op, owner, &factor)?;
    complete(&ctx, change, |()| NoContent).await
}

/// Records a wrong code, and counts it for the client's address.
pub(crate) async fn fail(ctx: &RequestContext<SignedInGrant>, user: User) -> HandlerResult<()> {
    let now = ctx.now();
    ctx.end_try(user, |owner| owner.fail_sign_in(now), |_| Ok(())).await?;
    ctx.count_once(FAILED_SIGN_INS, LimitKey::Address).await
}

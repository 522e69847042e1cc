//! `POST /api/sessions/two-factor/confirm`: confirm the second factor with a code. From then on,
//! sign-in requires a code. The recovery codes are shown only in this answer.

use provost_auth::one_time_code::{is_code, plain};
use provost_domain::{ApiError, lockout::FAILED_SIGN_INS};
use provost_http::{Body, HandlerResult, Json, RequestContext, SignedInGrant};
use provost_operations::credential;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    remove_two_factor::fail,
    start_two_factor::{complete, session},
};

/// Request to confirm a second factor.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfirmTwoFactor {
    /// Current code of the authenticator.
    code: String,
}

/// An enabled second factor.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TwoFactorConfirmed {
    /// Whether sign-in requires a second factor; always `true`.
    pub two_factor_enabled: bool,
    /// Ten recovery codes. Each replaces the authenticator for one sign-in. They are not shown
    /// again.
    pub recovery_codes: Vec<String>,
}

pub async fn confirm_two_factor(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<ConfirmTwoFactor>,
) -> HandlerResult<Json<TwoFactorConfirmed>> {
    let session = session(&ctx)?;
    let owner = &ctx.caller.user;
    let begun = ctx
        .app
        .store()
        .second_factor(owner.user_id)
        .await?
        .filter(|factor| factor.confirmed_at.is_none());
    let Some(begun) = begun else {
        return Err(ApiError::invalid_action(
            "There is no second factor to confirm. Start the setup first.",
            &["start"],
        )
        .into());
    };
    let wrong = || {
        ApiError::field(
            "code",
            "wrong",
            "This code is wrong. Send the current code of the authenticator, and check that its clock is right.",
        )
    };
    let code = plain(&body.code);
    // A malformed code is not a guess.
    if !is_code(&code) {
        return Err(wrong().into());
    }
    ctx.check_not_blocked(FAILED_SIGN_INS).await?;
    // The caller may have found an open session, while the secret was shown to someone else.
    let (owner, op) = (ctx.count_try(owner.clone()).await?, ctx.op(None));
    let Some(step) = credential::check_step(&op, &owner, &begun, &code)? else {
        fail(&ctx, owner).await?;
        return Err(wrong().into());
    };
    ctx.try_is_right().await;
    let change = credential::confirm_two_factor(&op, owner, session, begun, step)?;
    complete(&ctx, change, |confirmed| {
        Json::new(TwoFactorConfirmed {
            two_factor_enabled: true,
            recovery_codes: confirmed.recovery_codes,
        })
    })
    .await
}

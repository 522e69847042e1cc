//! `DELETE /api/sessions/two-factor`: turn off the second factor. Requires a code, so that an open
//! session is not enough. Wrong codes count like wrong passwords.

use provost_domain::{
    ApiError, Principal,
    audit::{Resource, note_change},
    lockout::FAILED_SIGN_INS,
};
use provost_http::{BodyOrQuery, HandlerResult, NoContent, RequestContext, SignedInGrant, Who};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    failure::Failure,
    second_factor::{Given, give, notice},
    start_two_factor::{commit, session},
};

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
    let (store, now, principal) = (ctx.app.store(), ctx.now(), ctx.caller.principal.clone());
    if !principal.two_factor_enabled {
        return Err(ApiError::invalid_action(
            "No second factor is enabled. There is nothing to turn off.",
            &["start"],
        )
        .into());
    }
    ctx.check_not_blocked(FAILED_SIGN_INS).await?;
    let mut principal = ctx.count_try(principal).await?;
    let Some(factor) = store.second_factor(principal.user_id).await? else {
        return Err(crate::second_factor::failed("it is on, but not there"));
    };
    match give(&ctx, &principal, Some(&body.code)).await? {
        Given::Accepted(_) => ctx.try_is_right().await,
        Given::Failed(Failure::UsedCode) => {
            ctx.try_is_right().await;
            return Err(used().into());
        }
        Given::Failed(_) => {
            fail(&ctx, principal).await?;
            return Err(ApiError::field(
                "code",
                "wrong",
                "This code is wrong. Send the current code of the authenticator, or a recovery code.",
            )
            .into());
        }
    }
    let mut entry = ctx.entry("two_factor.disabled", Resource::User(principal.subject()));
    note_change(&mut entry.changes, "twoFactorEnabled", &true, &false);
    principal.two_factor_enabled = false;
    let principal = principal.withdraw_try().changed(now);
    let mut tx = ctx.app.transaction();
    tx.save_principal(&principal)?;
    tx.remove_second_factor(principal.user_id, &factor)?;
    tx.notify(
        principal.user_id,
        &notice(
            &ctx,
            "Two-factor authentication is off",
            "Your password alone is now enough to sign in. If you did not turn it off, change your password.",
        ),
    )?;
    tx.audit(entry)?;
    commit(&ctx, tx, &NoContent).await?;
    Ok(NoContent)
}

/// Records a wrong code, and counts it for the client's address.
pub(crate) async fn fail(
    ctx: &RequestContext<SignedInGrant>,
    principal: Principal,
) -> HandlerResult<()> {
    let now = ctx.now();
    ctx.end_try(principal, |owner| owner.fail_sign_in(now), |_| Ok(())).await?;
    ctx.count_once(FAILED_SIGN_INS, Who::Address).await
}

/// The error for a code that was already used.
pub(crate) fn used() -> ApiError {
    ApiError::field(
        "code",
        "used",
        "This code was already used. Wait for the next code and send that.",
    )
}

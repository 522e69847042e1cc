//! `POST /api/sessions/two-factor/confirm`: confirm the second factor with a code. From then on,
//! sign-in requires a code. The recovery codes are shown only in this answer.

use provost_domain::{
    ApiError, MessageId,
    audit::{Resource, note_change},
    lockout::FAILED_SIGN_INS,
    mail::Template,
    message::Message,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    remove_two_factor::{fail, used},
    second_factor::{is_code, notice, plain, recovery_codes, step},
    start_two_factor::{commit, session},
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
    let owner = &ctx.caller.principal;
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
    let mut principal = ctx.count_try(owner.clone()).await?;
    let Some(step) = step(&begun, &principal, &code, ctx.now())? else {
        fail(&ctx, principal).await?;
        return Err(wrong().into());
    };
    ctx.try_is_right().await;
    let mut factor = begun.use_step(step).ok_or_else(used)?;
    let (shown, kept) = recovery_codes()?;
    factor.confirmed_at = Some(ctx.now());
    factor.recovery = kept;

    let mut entry = ctx.entry("two_factor.enabled", Resource::User(principal.subject()));
    note_change(&mut entry.changes, "twoFactorEnabled", &false, &true);
    principal.two_factor_enabled = true;
    if let Some(live) = principal.sessions.get_mut(&session) {
        live.mfa = true;
    }
    let principal = principal.withdraw_try().changed(ctx.now());
    let answer = Json::new(TwoFactorConfirmed { two_factor_enabled: true, recovery_codes: shown });
    let mut tx = ctx.app.transaction();
    tx.save_principal(&principal)?;
    tx.save_second_factor(principal.user_id, &factor)?;
    tx.notify(
        principal.user_id,
        &notice(
            &ctx,
            "Two-factor authentication is on",
            "From now on, you need a code to sign in. If you did not turn it on, contact support right away.",
        ),
    )?;
    ctx.app.send(
        &mut tx,
        Message::Mail {
            id: ctx.app.id(MessageId::new),
            user: principal.user_id,
            template: Template::TwoFactorEnabled,
            about: None,
        },
    )?;
    tx.audit(entry)?;
    commit(&ctx, tx, &answer).await?;
    Ok(answer)
}

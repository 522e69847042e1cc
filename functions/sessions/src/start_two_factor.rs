//! `POST /api/sessions/two-factor`: set up a second factor. Requires the current password. The
//! secret is shown only in this answer. Sign-in requires no code until the factor is confirmed.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use provost_auth::secret;
use provost_domain::{ApiError, SessionId, audit::Resource, second_factor::SecondFactor};
use provost_http::{Body, HandlerResult, Json, RequestContext, SignedInGrant, present_password};
use provost_store::second_factors::seal_secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::second_factor::{base32, failed};

/// Request to set up a second factor.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartTwoFactor {
    /// Current password; required, so that an open session is not enough to lock the user out.
    current_password: Option<String>,
}

/// A second factor that waits for confirmation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TwoFactorStarted {
    /// Secret in base 32, for manual entry into an authenticator. It is not shown again.
    pub secret: String,
    /// The same secret as an `otpauth` URI, for a link or a QR code.
    pub otpauth_uri: String,
    /// Number of digits of a code.
    pub digits: u8,
    /// Validity of a code, in seconds.
    pub period: u8,
}

pub async fn start_two_factor(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<StartTwoFactor>,
) -> HandlerResult<Json<TwoFactorStarted>> {
    let principal = &ctx.caller.principal;
    session(&ctx)?;
    if principal.two_factor_enabled {
        return Err(ApiError::invalid_action(
            "A second factor is already enabled. Turn it off first.",
            &["remove"],
        )
        .into());
    }
    let (principal, _) =
        present_password::check(&ctx, principal.clone(), body.current_password.as_deref(), None)
            .await?;
    let principal = principal.withdraw_try();
    let begun = ctx.app.store().second_factor(principal.user_id).await?;
    let secret: [u8; 20] = secret::bytes()?;
    let sealed = seal_secret(&principal.subject_key, principal.pseudonym, &secret)
        .ok_or_else(|| failed("the secret cannot be sealed"))?;
    let factor = SecondFactor::start(sealed, begun.map_or(0, |begun| begun.version), ctx.now());

    let secret = base32(&secret);
    let account = utf8_percent_encode(principal.email.as_str(), NON_ALPHANUMERIC);
    let otpauth_uri = format!(
        "otpauth://totp/Provost:{account}?secret={secret}&issuer=Provost&algorithm=SHA1&digits=6&period=30"
    );
    let answer = Json::new(TwoFactorStarted { secret, otpauth_uri, digits: 6, period: 30 });
    let mut tx = ctx.app.transaction();
    tx.save_principal(&principal)?;
    tx.save_second_factor(principal.user_id, &factor)?;
    tx.audit(ctx.entry("two_factor.started", Resource::User(principal.subject())))?;
    commit(&ctx, tx, &answer).await?;
    Ok(answer)
}

/// Requires a session: only users can change how they sign in, API keys cannot.
///
/// # Errors
/// `INVALID_ACTION`.
pub fn session(ctx: &RequestContext<SignedInGrant>) -> Result<SessionId, ApiError> {
    ctx.caller.session().ok_or_else(|| {
        ApiError::invalid_action(
            "An API key cannot change the second factor. Sign in first.",
            &["sign-in"],
        )
    })
}

/// Commits a change that also records the result of the attempt.
pub async fn commit<R: provost_http::reply::IntoReply>(
    ctx: &RequestContext<SignedInGrant>,
    tx: provost_store::Transaction,
    answer: &R,
) -> HandlerResult<()> {
    ctx.commit(tx, answer).await?;
    ctx.try_is_written().await;
    Ok(())
}

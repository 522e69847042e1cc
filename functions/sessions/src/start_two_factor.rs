//! `POST /api/sessions/two-factor`: set up a second factor. Requires the current password. The
//! secret is shown only in this answer. Sign-in requires no code until the factor is confirmed.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use provost_domain::{ApiError, SessionId};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, SignedInGrant, present_password, reply::IntoReply,
};
use provost_operations::{
    Change,
    credential::{self, StartedFactor},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    let owner = &ctx.caller.user;
    session(&ctx)?;
    owner.check_two_factor_off()?;
    let (owner, _) =
        present_password::check(&ctx, owner.clone(), body.current_password.as_deref(), None)
            .await?;
    let change = credential::start_two_factor(&ctx.op(None), owner).await?;
    complete(&ctx, change, |StartedFactor { owner, secret }| {
        let account = utf8_percent_encode(owner.email.as_str(), NON_ALPHANUMERIC);
        let otpauth_uri = format!(
            "otpauth://totp/Provost:{account}?secret={secret}&issuer=Provost&algorithm=SHA1&digits=6&period=30"
        );
        Json::new(TwoFactorStarted { secret, otpauth_uri, digits: 6, period: 30 })
    })
    .await
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

/// Completes a change that also records the result of the attempt.
pub async fn complete<T, R: IntoReply>(
    ctx: &RequestContext<SignedInGrant>,
    change: Change<T>,
    answer: impl FnOnce(T) -> R,
) -> HandlerResult<R> {
    let answer = ctx.complete(change, answer).await?;
    ctx.try_is_written().await;
    Ok(answer)
}

//! `POST /api/admin/users/{id}/reset-password`: force a password reset, for a password that others
//! may know. Revokes the sessions, API keys and password of the user, and emails a link to choose a
//! new password. Only the recipient of that email sees the link.

use provost_domain::{ApiError, UserId, lockout::RESET_MAILS};
use provost_http::{Body, HandlerResult, Json, LimitKey, RequestContext, StaffTargetGrant};
use provost_operations::credential;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to force a password reset.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ForcePasswordReset {
    /// For older clients only. Any value other than `true` is refused, since the link is sent only
    /// by email.
    send_email: Option<bool>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Result of a forced password reset.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetView {
    /// The user who must choose a new password.
    user_id: UserId,
    /// Whether the link to choose a new password is being emailed to the user. Always true.
    mailed: bool,
    /// Number of revoked sessions.
    revoked_sessions: usize,
    /// Number of revoked API keys. They are revoked because anyone who knew the password could have
    /// created one.
    revoked_api_keys: usize,
}

/// Forces a password reset.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for a deleted account, `LAST_SUPERADMIN`.
pub async fn force_password_reset(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<ForcePasswordReset>,
) -> HandlerResult<Json<ResetView>> {
    if body.send_email == Some(false) {
        return Err(ApiError::field(
            "sendEmail",
            "invalid",
            "The link is sent only by email. Omit this field or send true.",
        )
        .into());
    }
    let reason = ctx.reason(body.reason.as_deref())?;
    ctx.check_version(ctx.target.version)?;
    ctx.target.check_not_scheduled_for_deletion()?;
    // The account gets at most three such emails an hour, from any staff member; the response is
    // the same, and the reset takes effect anyway.
    let mail = ctx.is_within(RESET_MAILS, LimitKey::Account(ctx.target.user_id)).await?;
    let change = credential::force_password_reset(&ctx.op(reason), &ctx.target, mail).await?;
    ctx.complete(change, |reset| {
        Json::new(ResetView {
            user_id: ctx.target.user_id,
            mailed: true,
            revoked_sessions: reset.sessions,
            revoked_api_keys: reset.api_keys,
        })
    })
    .await
}

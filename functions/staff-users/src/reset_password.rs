//! `POST /api/admin/users/{id}/reset-password`: force a password reset, for a password that others
//! may know. Revokes the sessions, API keys and password of the user, and emails a link to choose a
//! new password. Only the recipient of that email sees the link.

use provost_domain::{
    ApiError, MessageId, Status, UserId,
    audit::{Resource, note_change},
    lockout::RESET_MAILS,
    mail::Template,
    message::Message,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant, Who};
use provost_operations::user::require_remaining_root_besides;
use provost_store::credentials::Credential;
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
    /// User id.
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
    if ctx.target.status == Status::Deleted {
        return Err(ApiError::invalid_action(
            "This account is scheduled for deletion. Cancel the deletion first.",
            &["cancel-deletion"],
        )
        .into());
    }
    // The account gets at most three such emails an hour, from any staff member; the response is
    // the same, and the reset takes effect anyway.
    let mailed = ctx.is_within(RESET_MAILS, Who::Account(ctx.target.user_id)).await?;
    let mut target = ctx.target.clone();
    let (revoked_sessions, revoked_api_keys) = (target.sessions.len(), target.api_keys.len());
    target.end_credentials();
    let credential = ctx.app.store().credential(target.user_id).await?;

    let mut entry = ctx.entry("user.password_reset_forced", Resource::User(ctx.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "sessions", &revoked_sessions, &0);
    note_change(&mut entry.changes, "apiKeys", &revoked_api_keys, &0);
    let mut tx = ctx.app.transaction();
    require_remaining_root_besides(&mut tx, &ctx.target, Some(&ctx.caller.principal), ctx.now())
        .await?;
    // The condition on the principal guards the credential too: a password that is chosen at the
    // same time is not marked.
    tx.save_principal(&target)?;
    if let Some(credential) = credential {
        tx.save_credential(target.user_id, &Credential { must_reset: true, ..credential })?;
    }
    tx.audit(entry)?;
    if mailed {
        let id = ctx.app.id(MessageId::new);
        ctx.app.send(
            &mut tx,
            Message::Mail {
                id,
                user: target.user_id,
                template: Template::PasswordResetForced,
                about: None,
            },
        )?;
    }
    let answer = Json::new(ResetView {
        user_id: target.user_id,
        mailed: true,
        revoked_sessions,
        revoked_api_keys,
    });
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

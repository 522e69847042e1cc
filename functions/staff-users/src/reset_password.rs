//! `POST /api/admin/users/{id}/reset-password`: somebody else may know the password. Sessions and API keys end, the old password no longer signs in, and a link to choose a new one goes
//! by mail. Nobody but the reader of that mail ever sees the link.

use provost_domain::{
    MessageId, Refused, Status, UserId,
    audit::{Resource, note_change},
    lockout::RESET_MAILS,
    mail::Template,
    message::Message,
};
use provost_http::{Answer, Body, Call, Json, OverGrant, Who};
use provost_store::credentials::Credential;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A forced reset.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ForcePasswordReset {
    /// Accepted for older clients; anything but `true` is refused, since the link travels by mail alone.
    send_email: Option<bool>,
    /// Why, 3 to 500 characters.
    reason: Option<String>,
}

/// What was done.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetView {
    /// The user.
    user_id: UserId,
    /// The link is on its way by mail.
    mailed: bool,
    /// How many sessions ended.
    ended: usize,
    /// How many API keys ended: whoever had the password could have made one.
    ended_api_keys: usize,
}

/// Forces a password reset.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for a deleted account, `LAST_SUPERADMIN`.
pub async fn force_password_reset(call: Call<OverGrant>, Body(body): Body<ForcePasswordReset>) -> Answer<Json<ResetView>> {
    if body.send_email == Some(false) {
        return Err(Refused::field("sendEmail", "invalid", "The link is sent by mail only; leave this out or say true.").into());
    }
    let reason = call.reason(body.reason.as_deref())?;
    call.check_version(call.target.version)?;
    if call.target.status == Status::Deleted {
        return Err(Refused::invalid_action("This account is deleted; cancel the deletion first.", &["cancel-deletion"]).into());
    }
    // The account gets three such mails an hour at most, whoever asks; the answer is the same, and the reset counts all the same.
    let mailed = call.is_within(RESET_MAILS, Who::Account(call.target.user_id)).await?;
    let mut target = call.target.clone();
    let (ended, ended_api_keys) = (target.sessions.len(), target.api_keys.len());
    target.end_credentials();
    let credential = call.app.store().credential(target.user_id).await?;

    let mut entry = call.entry("user.password_reset_forced", Resource::User(call.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "sessions", &ended, &0);
    note_change(&mut entry.changes, "apiKeys", &ended_api_keys, &0);
    let mut tx = call.app.transaction();
    tx.keep_a_root_besides(&call.target, Some(&call.caller.principal), call.now()).await??;
    // The principal's condition guards the credential too: a password that is chosen in this very moment is not marked.
    tx.save_principal(&target)?;
    if let Some(credential) = credential {
        tx.save_credential(target.user_id, &Credential { must_reset: true, ..credential })?;
    }
    tx.audit(entry)?;
    if mailed {
        let id = call.app.id(MessageId::new);
        call.app.send(&mut tx, Message::Mail { id, user: target.user_id, template: Template::PasswordResetForced, about: None })?;
    }
    let answer = Json::new(ResetView { user_id: target.user_id, mailed: true, ended, ended_api_keys });
    call.commit(tx, &answer).await?;
    Ok(answer)
}

//! `POST /api/admin/users/{id}/reset-password`: sign a user out everywhere and mail them a link to choose a new password. Nobody but the reader of that mail ever sees the link.

use provost_domain::{
    MessageId, Refused, Status, UserId,
    audit::{Resource, note_change},
    mail::Template,
    message::Message,
};
use provost_http::{Answer, Body, Call, Json, OverGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A forced reset.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ResetPassword {
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
}

/// Forces a password reset.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for a deleted account.
pub async fn reset_password(call: Call<OverGrant>, Body(body): Body<ResetPassword>) -> Answer<Json<ResetView>> {
    if body.send_email == Some(false) {
        return Err(Refused::field("sendEmail", "invalid", "The link is sent by mail only; leave this out or say true.").into());
    }
    let reason = call.reason(body.reason.as_deref())?;
    call.check_version(call.target.version)?;
    if call.target.status == Status::Deleted {
        return Err(Refused::invalid_action("This account is deleted; cancel the deletion first.", &["cancel-deletion"]).into());
    }
    let mut target = call.target.clone();
    let ended = target.sessions.len();
    target.sessions.clear();

    let mut entry = call.entry("user.password_reset_forced", Resource::User(call.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "sessions", &ended, &0);
    let mut tx = call.app.transaction();
    tx.save_principal(&target)?;
    tx.audit(entry)?;
    call.app.send(
        &mut tx,
        Message::Mail { id: call.app.id(MessageId::new), user: target.user_id, template: Template::PasswordReset, about: None },
    )?;
    let answer = Json::new(ResetView { user_id: target.user_id, mailed: true, ended });
    call.commit(tx, &answer).await?;
    Ok(answer)
}

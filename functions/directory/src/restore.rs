//! `POST /v1/users/{user_id}/restore`: take a deletion back by the hand of staff. The account is kept, its address has to be confirmed anew, and a role of staff has to be given anew.

use provost_domain::{
    BuiltInRole, DeletionId, MessageId, Refused, Status, UserId,
    audit::{Resource, note_change},
    deletion::CancelledBy,
    mail::Template,
    message::Message,
};
use provost_http::{Answer, Body, Call, Json, OverGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Restoring an account.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RestoreUser {
    /// Why, 3 to 500 characters; also accepted as the header X-Reason.
    reason: Option<String>,
}

/// An account that was restored.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RestoredView {
    /// The user.
    id: UserId,
    /// `pending_verification` until the address is confirmed; `suspended` when the account was so before it was deleted.
    status: Status,
    /// Always `user`: another role has to be given anew.
    role: BuiltInRole,
    /// The deletion request that was cancelled.
    deletion_id: DeletionId,
    /// Counts the changes of the account; also the `ETag`.
    version: u64,
}

/// Restores an account.
///
/// # Errors
/// `INVALID_USER_ID` when there is none, `INVALID_ACTION` when no deletion is pending or it is being carried out, `STALE_VERSION`.
pub async fn restore_user(call: Call<OverGrant>, Body(body): Body<RestoreUser>) -> Answer<Json<RestoredView>> {
    let (now, reason, store) = (call.now(), call.reason(body.reason.as_deref())?, call.app.store());
    let before = call.target.clone();
    call.check_version(before.version)?;
    let pending = before.deletion.as_ref().map(|deletion| deletion.id);
    let restored = before.clone().restore(now)?;
    let request = match pending {
        Some(id) => store.deletion(id).await?,
        None => None,
    };
    let request = request.ok_or_else(|| Refused::invalid_action("No deletion is pending for this account.", &[]))?;

    let mut entry = call.entry("user.restored", Resource::User(before.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "status", &before.status, &restored.status);
    note_change(&mut entry.changes, "role", &before.role, &restored.role);
    note_change(&mut entry.changes, "grants", &before.grants, &restored.grants);
    note_change(&mut entry.changes, "emailVerified", &before.email_verified, &restored.email_verified);
    note_change(&mut entry.changes, "phoneVerified", &before.phone_verified, &restored.phone_verified);
    let mut tx = call.app.transaction();
    let cancelled =
        tx.call_off(request, Some(restored.clone()), CancelledBy::Staff(call.caller.principal.role), call.app.id(MessageId::new), now)??;
    let confirm = Message::Mail { id: call.app.id(MessageId::new), user: restored.user_id, template: Template::VerifyEmail, about: None };
    call.app.send(&mut tx, confirm)?;
    tx.audit(entry)?;
    let view = RestoredView {
        id: restored.user_id,
        status: restored.status,
        role: restored.role,
        deletion_id: cancelled.id,
        version: restored.version,
    };
    let answer = Json::new(view).version(restored.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}

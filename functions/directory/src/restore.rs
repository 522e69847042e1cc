//! `POST /v1/users/{user_id}/restore`: staff restore an account that is scheduled for deletion. The
//! email address must be confirmed again, and a staff role assigned again.

use provost_domain::{
    ApiError, BuiltInRole, DeletionId, MessageId, Status, UserId,
    audit::{Resource, note_change},
    deletion::CancelledBy,
    mail::Template,
    message::Message,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::deletion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to restore an account.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RestoreUser {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// A restored account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RestoredView {
    /// User id.
    id: UserId,
    /// Status of the account: `pending_verification` until the email address is confirmed,
    /// `suspended` if the account was suspended before the deletion.
    status: Status,
    /// Role of the user. Always `user`; another role must be assigned again.
    role: BuiltInRole,
    /// Deletion request id of the cancelled request.
    deletion_id: DeletionId,
    /// Version number of the account; increases with every change. Also sent as the `ETag`.
    version: u64,
}

/// Restores an account.
///
/// # Errors
/// `INVALID_USER_ID` when there is none, `INVALID_ACTION` when no deletion is pending or it is
/// being carried out, `STALE_VERSION`.
pub async fn restore_user(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<RestoreUser>,
) -> HandlerResult<Json<RestoredView>> {
    let (now, reason, store) = (ctx.now(), ctx.reason(body.reason.as_deref())?, ctx.app.store());
    let before = ctx.target.clone();
    ctx.check_version(before.version)?;
    let pending = before.deletion.as_ref().map(|deletion| deletion.id);
    let restored = before.clone().restore(now)?;
    let request = match pending {
        Some(id) => store.deletion(id).await?,
        None => None,
    };
    let request = request
        .ok_or_else(|| ApiError::invalid_action("This account has no pending deletion.", &[]))?;

    let mut entry = ctx.entry("user.restored", Resource::User(before.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "status", &before.status, &restored.status);
    note_change(&mut entry.changes, "role", &before.role, &restored.role);
    note_change(&mut entry.changes, "grants", &before.grants, &restored.grants);
    note_change(
        &mut entry.changes,
        "emailVerified",
        &before.email_verified,
        &restored.email_verified,
    );
    note_change(
        &mut entry.changes,
        "phoneVerified",
        &before.phone_verified,
        &restored.phone_verified,
    );
    let mut tx = ctx.app.transaction();
    let cancelled = deletion::cancel_and_keep(
        &mut tx,
        request,
        Some(restored.clone()),
        CancelledBy::Staff(ctx.caller.principal.role),
        ctx.app.id(MessageId::new),
        now,
    )?;
    let confirm = Message::Mail {
        id: ctx.app.id(MessageId::new),
        user: restored.user_id,
        template: Template::VerifyEmail,
        about: None,
    };
    ctx.app.send(&mut tx, confirm)?;
    tx.audit(entry)?;
    let view = RestoredView {
        id: restored.user_id,
        status: restored.status,
        role: restored.role,
        deletion_id: cancelled.id,
        version: restored.version,
    };
    let answer = Json::new(view).version(restored.version);
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

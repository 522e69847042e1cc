//! `POST /v1/users/{user_id}/restore`: staff restore an account that is scheduled for deletion. The
//! email address must be confirmed again, and a staff role assigned again.

use provost_domain::{BuiltInRole, DeletionId, Status, UserId, deletion::CancelledBy};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::user::{Restored, restore};
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
    let (reason, before) = (ctx.reason(body.reason.as_deref())?, &ctx.target);
    ctx.check_version(before.version)?;
    let by = CancelledBy::Staff(ctx.caller.user.rank());
    let change = restore(&ctx.op(reason), before, by).await?;
    ctx.complete(change, |Restored { account, deletion }| {
        Json::new(RestoredView {
            id: account.user_id,
            status: account.status,
            role: account.role,
            deletion_id: deletion,
            version: account.version,
        })
        .version(account.version)
    })
    .await
}

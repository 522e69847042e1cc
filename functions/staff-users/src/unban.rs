//! `DELETE /api/admin/users/{id}/ban`: lift a ban or suspension. The account returns to its
//! previous status; its old sessions stay revoked.

use provost_domain::{Status, UserId};
use provost_http::{BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::user::{Lift, lift_suspension};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to lift a ban or suspension.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UnbanUser {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
    /// Whether to notify the user by email. Default: true.
    notify_user: Option<bool>,
}

/// Result of lifting a ban or suspension.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnbanView {
    /// The user who is no longer banned.
    user_id: UserId,
    /// Status of the account after the change.
    status: Status,
}

/// Lifts a ban or suspension.
///
/// # Errors
/// `INVALID_ACTION` when the account is not suspended.
pub async fn unban_user(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<UnbanUser>,
) -> HandlerResult<Json<UnbanView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    ctx.check_version(ctx.target.version)?;
    let lift = Lift { notify: body.notify_user.unwrap_or(true), to: None };
    let change = lift_suspension(&ctx.op(reason), &ctx.target, lift)?;
    ctx.complete(change, |restored| {
        Json::new(UnbanView { user_id: restored.user_id, status: restored.status })
            .version(restored.version)
    })
    .await
}

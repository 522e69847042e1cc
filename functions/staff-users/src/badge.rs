//! `POST` and `DELETE /api/admin/users/{id}/verify`: add or remove the verified badge.

use provost_domain::UserId;
use provost_http::{Body, BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::user::set_verified_badge;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to add or remove the verified badge.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChangeBadge {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// The verified badge of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BadgeView {
    /// The user whose badge was changed.
    user_id: UserId,
    /// Whether the account has the verified badge.
    is_verified: bool,
}

/// Adds the badge.
///
/// # Errors
/// `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`.
pub async fn add_verified_badge(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<ChangeBadge>,
) -> HandlerResult<Json<BadgeView>> {
    set_badge(&ctx, body, true).await
}

/// Removes the badge.
///
/// # Errors
/// `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`.
pub async fn remove_verified_badge(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<ChangeBadge>,
) -> HandlerResult<Json<BadgeView>> {
    set_badge(&ctx, body, false).await
}

async fn set_badge(
    ctx: &RequestContext<StaffTargetGrant>,
    body: ChangeBadge,
    verified: bool,
) -> HandlerResult<Json<BadgeView>> {
    let (reason, before) = (ctx.reason(body.reason.as_deref())?, &ctx.target);
    ctx.check_version(before.version)?;
    let view = BadgeView { user_id: before.user_id, is_verified: verified };
    let Some(change) = set_verified_badge(&ctx.op(reason), before, verified)? else {
        return Ok(Json::new(view).version(before.version));
    };
    ctx.complete(change, |changed| Json::new(view).version(changed.version)).await
}

//! `POST` and `DELETE /api/admin/users/{id}/verify`: add or remove the verified badge.

use provost_domain::{
    UserId,
    audit::{Resource, note_change},
};
use provost_http::{Body, BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
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
    /// User id.
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
    change(&ctx, body, true, "user.verified").await
}

/// Removes the badge.
///
/// # Errors
/// `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`.
pub async fn remove_verified_badge(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<ChangeBadge>,
) -> HandlerResult<Json<BadgeView>> {
    change(&ctx, body, false, "user.unverified").await
}

async fn change(
    ctx: &RequestContext<StaffTargetGrant>,
    body: ChangeBadge,
    to: bool,
    action: &'static str,
) -> HandlerResult<Json<BadgeView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = ctx.target.clone();
    ctx.check_version(before.version)?;
    let view = BadgeView { user_id: before.user_id, is_verified: to };
    // Nothing changes, so nothing is written and nobody is notified.
    if before.is_verified == to {
        return Ok(Json::new(view).version(before.version));
    }
    let mut changed = before.clone();
    changed.is_verified = to;
    let changed = changed.changed(ctx.now());

    let mut entry = ctx.entry(action, Resource::User(before.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "isVerified", &before.is_verified, &changed.is_verified);
    let mut tx = ctx.app.transaction();
    tx.save_principal(&changed)?;
    tx.audit(entry)?;
    let answer = Json::new(view).version(changed.version);
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

//! `POST /v1/rbac/users/{user_id}/permissions/{permission}`: grant or deny a permission to a user.

use provost_api::directory_user::PermissionEffect;
use provost_domain::{Timestamp, direct::entry_until};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::role;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer;
use crate::{input, views::RightsChangeView};

/// Request to grant or deny a permission to a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUserPermission {
    /// Whether to grant or to deny the permission. Default: `allow`.
    #[serde(default)]
    effect: PermissionEffect,
    /// Time from which the grant or denial has no effect. Default: no end.
    #[serde(default)]
    expires_at: Option<Timestamp>,
    /// Reason for the change, 3 to 500 characters. Required, here or in the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
    /// Whether to show what the change would do, and save nothing.
    #[serde(default)]
    dry_run: bool,
}

pub async fn set_user_permission(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<SetUserPermission>,
) -> HandlerResult<Json<RightsChangeView>> {
    let op = ctx.op(Some(ctx.required_reason(body.reason.as_deref())?));
    let permission = input::permission(&ctx)?;
    let effect = body.effect.into();
    let entry = entry_until("expires_at", body.expires_at, ctx.now())?;
    let (by, before) = (ctx.caller.acting().into(), &ctx.target);
    ctx.check_version(before.version)?;
    let change = role::set_permission(&op, by, before, permission, effect, entry).await?;
    answer(&ctx, change, body.dry_run).await
}

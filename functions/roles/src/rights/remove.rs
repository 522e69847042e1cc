//! `DELETE /v1/rbac/users/{user_id}/permissions/{permission}`: remove a denial or a grant.

use provost_api::directory_user::PermissionEffect;
use provost_http::{BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::role;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer;
use crate::{input, views::RightsChangeView};

/// Request to remove the direct grant or denial of a permission from a user.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RemoveUserPermission {
    /// What to remove. Default: the denial or, if there is none, the grant.
    effect: Option<PermissionEffect>,
    /// Reason for the change, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
    /// Whether to show what the change would do, and save nothing.
    dry_run: bool,
}

pub async fn remove_user_permission(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<RemoveUserPermission>,
) -> HandlerResult<Json<RightsChangeView>> {
    let op = ctx.op(Some(ctx.required_reason(body.reason.as_deref())?));
    let permission = input::permission(&ctx)?;
    let (by, before) = (ctx.caller.acting().into(), &ctx.target);
    ctx.check_version(before.version)?;
    let effect = body.effect.map(Into::into);
    let change = role::remove_permission(&op, by, before, permission, effect).await?;
    answer(&ctx, Some(change), body.dry_run).await
}

//! `DELETE /v1/rbac/users/{user_id}/roles/{role_id}`: remove a role from a user.

use provost_domain::{ApiError, BuiltInRole};
use provost_http::{BodyOrQuery, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::{role, user::change_role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer;
use crate::{
    input::{self, Named},
    views::RightsChangeView,
};

/// Request to remove a role from a user.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UnassignRole {
    /// Reason for the change, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
    /// Whether to show what the change would do, and save nothing.
    dry_run: bool,
}

pub async fn unassign_role(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<UnassignRole>,
) -> HandlerResult<Json<RightsChangeView>> {
    let op = ctx.op(Some(ctx.required_reason(body.reason.as_deref())?));
    let (by, before) = (ctx.caller.acting(), &ctx.target);
    ctx.check_version(before.version)?;
    let change = match input::role(&ctx, "role_id").await? {
        Named::Custom(role) => Some(role::unassign_role(&op, by, before, &role).await?),
        Named::BuiltIn(role) if role != BuiltInRole::User && before.has_role(role.as_str()) => {
            change_role(&op, before, BuiltInRole::User).await?
        }
        Named::BuiltIn(_) => return Err(ApiError::missing("role of the user").into()),
    };
    answer(&ctx, change, body.dry_run).await
}

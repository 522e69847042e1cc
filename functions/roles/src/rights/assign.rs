//! `POST /v1/rbac/users/{user_id}/roles/{role_id}`: assign a role to a user.

use provost_domain::rank::check_grant;
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::{role, user::change_role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer;
use crate::{
    input::{self, Named},
    views::RightsChangeView,
};

/// Request to assign a role to a user.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AssignRole {
    /// Reason for the change, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
    /// Whether to show what the change would do, and save nothing.
    dry_run: bool,
}

pub async fn assign_role(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<AssignRole>,
) -> HandlerResult<Json<RightsChangeView>> {
    let op = ctx.op(Some(ctx.required_reason(body.reason.as_deref())?));
    let (by, before) = (ctx.caller.acting(), &ctx.target);
    ctx.check_version(before.version)?;
    let change = match input::role(&ctx, "role_id").await? {
        Named::Custom(role) => role::assign_role(&op, by, before, &role).await?,
        Named::BuiltIn(role) => {
            check_grant(by, &role.permissions())?;
            change_role(&op, before, role).await?
        }
    };
    answer(&ctx, change, body.dry_run).await
}

//! `PATCH /api/admin/users/{id}/role`: change a user's built-in role. Permissions are read with
//! every request, so the change takes effect on the user's next request.

use provost_api::user_input::RoleName;
use provost_domain::{BuiltInRole, UserId, rank::check_grant};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::user::change_role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to change a user's role.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeUserRole {
    /// New role, in either spelling: `rootAdmin` or `SUPERADMIN`, `admin` or `ADMIN`, `staff` or
    /// `STAFF`, `user` or `USER`.
    role: RoleName,
    /// Reason for the change, 3 to 500 characters. Required, here or in the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// The role of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
    /// The user whose role was changed.
    user_id: UserId,
    /// Role of the user after the change.
    new_role: BuiltInRole,
}

/// Changes a user's role.
///
/// # Errors
/// `VALIDATION_FAILED`, `PERMISSION_DENIED` when the new role has permissions that the caller does
/// not have, `INVALID_ACTION` for an account that is scheduled for deletion, `LAST_SUPERADMIN`.
pub async fn change_user_role(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<ChangeUserRole>,
) -> HandlerResult<Json<RoleView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let role = body.role.0;
    check_grant(ctx.caller.acting(), &role.permissions())?;
    ctx.check_version(ctx.target.version)?;
    let before = &ctx.target;
    let view = RoleView { user_id: before.user_id, new_role: role };
    let Some(change) = change_role(&ctx.op(Some(reason)), before, role).await? else {
        return Ok(Json::new(view).version(before.version));
    };
    ctx.complete(change, |changed| Json::new(view).version(changed.version)).await
}

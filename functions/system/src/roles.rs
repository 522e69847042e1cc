//! `POST /v1/system/users/{user_id}/roles`: change the built-in role of a user.

use provost_api::user_input::RoleName;
use provost_domain::{ApiError, BuiltInRole, User, UserId, grantor::Grantor};
use provost_http::{Body, HandlerResult, Json, RequestContext, access::SystemGrant};
use provost_operations::user::change_role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{mode::ListMode, views::named_account};

/// Request to change the roles of a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRoles {
    /// Built-in roles. A user has the highest of them.
    roles: Vec<RoleName>,
    /// How the roles change. Default: `add`.
    #[serde(default)]
    mode: ListMode,
    /// Reason for the audit log, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
}

/// The roles of a user after a change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChangedRoles {
    /// User id.
    id: UserId,
    /// Roles of the user.
    roles: Vec<BuiltInRole>,
    /// Roles that were added.
    added: Vec<BuiltInRole>,
    /// Roles that were removed.
    removed: Vec<BuiltInRole>,
    /// Version number of the account. Also sent as the `ETag`.
    version: u64,
}

/// Changes the role of a user.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`, `PERMISSION_DENIED` for a role with permissions that the
/// key lacks, `OUTRANKED`, `INVALID_ACTION` for an account that is scheduled for deletion,
/// `LAST_SUPERADMIN`, `STALE_VERSION`.
pub async fn change_roles(
    ctx: RequestContext<SystemGrant>,
    Body(body): Body<ChangeRoles>,
) -> HandlerResult<Json<ChangedRoles>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let before = named_account(&ctx).await?;
    let role = wanted(&before, &body)?;
    Grantor::Service(&ctx.key).check_target(&before)?;
    Grantor::Service(&ctx.key).check_grant(&role.permissions())?;
    ctx.check_version(before.version)?;
    let view = |version| {
        let (added, removed) = if role == before.role {
            (Vec::new(), Vec::new())
        } else {
            (vec![role], vec![before.role])
        };
        let changed =
            ChangedRoles { id: before.user_id, roles: vec![role], added, removed, version };
        Json::new(changed).version(version)
    };
    match change_role(&ctx.op(Some(reason)), &before, role).await? {
        Some(change) => ctx.complete(change, |changed| view(changed.version)).await,
        None => Ok(view(before.version)),
    }
}

/// The role that the user is to have.
fn wanted(before: &User, body: &ChangeRoles) -> Result<BuiltInRole, ApiError> {
    let highest = body.roles.iter().map(|RoleName(role)| *role).max_by_key(|role| role.rank());
    let Some(highest) = highest else {
        return Err(ApiError::field("roles", "empty", "No role is named. Name at least one role."));
    };
    Ok(match body.mode {
        ListMode::Replace => highest,
        ListMode::Add if highest.rank() > before.role.rank() => highest,
        ListMode::Remove if body.roles.iter().any(|RoleName(role)| *role == before.role) => {
            BuiltInRole::User
        }
        ListMode::Add | ListMode::Remove => before.role,
    })
}

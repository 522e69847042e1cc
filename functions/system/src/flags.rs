//! `PATCH /v1/system/users/{user_id}/flags`: change the types of a user.

use provost_domain::{BuiltInRole, Permission, UserId, grantor::Grantor, user::UserTypes};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, access::SystemGrant, user_fields::named_in,
};
use provost_operations::user::change_types;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{scopes::require, views::named_account};

/// Request to change the types of a user. Omitted flags are unchanged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeFlags {
    /// Whether the user is an administrator: true gives the role `admin`, false the role `user`.
    /// Requires the scope `role.assign`.
    is_admin: Option<bool>,
    /// Whether the user teaches.
    is_instructor: Option<bool>,
    /// Whether the user learns.
    is_learner: Option<bool>,
    /// Reason for the audit log, 3 to 500 characters. Required for `is_admin`. Can also be sent as
    /// the header `X-Reason`.
    reason: Option<String>,
}

/// The types of a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FlagsView {
    /// User id.
    id: UserId,
    /// Whether the user has an administrator role.
    is_admin: bool,
    /// Whether the user teaches.
    is_instructor: bool,
    /// Whether the user learns.
    is_learner: bool,
    /// Version number of the account. Also sent as the `ETag`.
    version: u64,
}

/// Changes the types of a user.
///
/// # Errors
/// `VALIDATION_FAILED` when no type would remain, `INVALID_USER_ID`, `PERMISSION_DENIED`,
/// `OUTRANKED`, `INVALID_ACTION` for an account that is scheduled for deletion, `LAST_SUPERADMIN`,
/// `STALE_VERSION`.
pub async fn change_flags(
    ctx: RequestContext<SystemGrant>,
    Body(body): Body<ChangeFlags>,
) -> HandlerResult<Json<FlagsView>> {
    let before = named_account(&ctx).await?;
    let role = match body.is_admin.filter(|wanted| *wanted != before.is_admin()) {
        Some(true) => Some(BuiltInRole::Admin),
        Some(false) => Some(BuiltInRole::User),
        None => None,
    };
    let reason = match role {
        Some(_) => Some(ctx.required_reason(body.reason.as_deref())?),
        None => ctx.reason(body.reason.as_deref())?,
    };
    Grantor::Service(&ctx.key).check_target(&before)?;
    if let Some(role) = role {
        require(&ctx.key, Permission::RoleAssign)?;
        Grantor::Service(&ctx.key).check_grant(&role.permissions())?;
    }
    ctx.check_version(before.version)?;
    let types = UserTypes { is_instructor: body.is_instructor, is_learner: body.is_learner };
    let view = |user: &provost_domain::User| {
        let view = FlagsView {
            id: user.user_id,
            is_admin: user.is_admin(),
            is_instructor: user.is_instructor,
            is_learner: user.is_learner,
            version: user.version,
        };
        Json::new(view).version(user.version)
    };
    match change_types(&ctx.op(reason), &before, role, types).await.map_err(named_in)? {
        Some(change) => ctx.complete(change, |changed| view(&changed)).await,
        None => Ok(view(&before)),
    }
}

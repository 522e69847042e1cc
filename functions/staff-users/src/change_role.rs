//! `PATCH /api/admin/users/{id}/role`: give a user another built-in role. Permissions are read anew with every request, so it counts from their next one on.

use provost_domain::{
    BuiltInRole, Refused, Status, UserId,
    audit::{Resource, note_change},
    rank::check_grant,
};
use provost_http::{Answer, Body, Call, Json, OverGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::input::RoleName;

/// Another role.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeUserRole {
    /// The new role, in either spelling.
    role: RoleName,
    /// Why, 3 to 500 characters; the header `X-Reason` will do as well.
    #[serde(default)]
    reason: Option<String>,
}

/// The role as it is now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
    /// The user.
    user_id: UserId,
    /// The role that they have now.
    new_role: BuiltInRole,
}

/// Changes a user's role.
///
/// # Errors
/// `VALIDATION_FAILED`, `PERMISSION_DENIED` when the new role holds what the caller does not, `INVALID_ACTION` for a deleted account, `LAST_SUPERADMIN`.
pub async fn change_user_role(call: Call<OverGrant>, Body(body): Body<ChangeUserRole>) -> Answer<Json<RoleView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    let role = body.role.0;
    check_grant(call.caller.acting(), &role.permissions())?;
    call.check_version(call.target.version)?;
    let before = &call.target;
    if before.status == Status::Deleted {
        return Err(Refused::invalid_action("This account is deleted; cancel the deletion first.", &["cancel-deletion"]).into());
    }
    let view = RoleView { user_id: before.user_id, new_role: role };
    // Nothing changes, so nothing is written and nothing is to be told.
    if before.role == role {
        return Ok(Json::new(view).version(before.version));
    }
    let mut changed = before.clone();
    changed.role = role;
    let changed = changed.changed(call.now());

    let mut entry = call.entry("user.role_changed", Resource::User(call.subject()));
    entry.reason = Some(reason);
    note_change(&mut entry.changes, "role", &before.role, &changed.role);
    let mut tx = call.app.transaction();
    tx.keep_a_root(before, &changed, Some(&call.caller.principal)).await??;
    tx.save_principal(&changed)?;
    tx.audit(entry)?;
    let answer = Json::new(view).version(changed.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}

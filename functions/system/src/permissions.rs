//! `POST /v1/system/users/{user_id}/permissions`: change the permissions that are granted or denied
//! to a user directly.

use std::collections::BTreeSet;

use provost_api::directory_user::{DirectPermission, PermissionEffect, direct_permissions};
use provost_domain::{
    ApiError, Permission, Timestamp, User, UserId,
    direct::{self, Effect, entry_until},
    grantor::Grantor,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, access::SystemGrant};
use provost_operations::role::change_permissions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{mode::ListMode, views::named_account};

/// Entries of one request.
const MAX_ENTRIES: usize = 100;

/// Request to change the direct permissions of a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePermissions {
    /// Permissions to grant or deny, at most 100. A grant and a denial of one permission can both be
    /// named: the denial counts until it ends or is removed.
    permissions: Vec<PermissionInput>,
    /// How the direct permissions change. Default: `add`, which replaces an entry with the same name
    /// and effect.
    #[serde(default)]
    mode: ListMode,
    /// Reason for the audit log, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
}

/// A permission to grant or deny.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionInput {
    /// Name of the permission.
    name: Permission,
    /// Whether to grant or to deny it. Default: `allow`.
    #[serde(default)]
    effect: PermissionEffect,
    /// Time from which the entry has no effect. Default: no end. Not used by a removal.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// The direct permissions of a user after a change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChangedPermissions {
    /// User id.
    id: UserId,
    /// Permissions that are granted or denied to the user directly.
    direct_permissions: Vec<DirectPermission>,
    /// Entries that were added, or whose end changed.
    added: Vec<DirectPermission>,
    /// Entries that were removed, or whose end changed.
    removed: Vec<DirectPermission>,
    /// Version number of the account. Also sent as the `ETag`.
    version: u64,
}

/// Changes the direct permissions of a user.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`, `PERMISSION_DENIED` for a permission that the key lacks,
/// `OUTRANKED`, `INVALID_ACTION` for an account that is scheduled for deletion, `STALE_VERSION`.
pub async fn change_system_permissions(
    ctx: RequestContext<SystemGrant>,
    Body(body): Body<ChangePermissions>,
) -> HandlerResult<Json<ChangedPermissions>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let entries = entries(&body, ctx.now())?;
    let before = named_account(&ctx).await?;
    ctx.check_version(before.version)?;
    let by = Grantor::Service(&ctx.key);
    let op = ctx.op(Some(reason));
    match change_permissions(&op, by, &before, body.mode.into(), &entries).await? {
        Some(change) => ctx.complete(change, |after| view(&before, &after)).await,
        None => Ok(view(&before, &before)),
    }
}

/// The entries that the request names.
fn entries(
    body: &ChangePermissions,
    now: Timestamp,
) -> Result<Vec<direct::DirectPermission>, ApiError> {
    let invalid = |reason, text| Err(ApiError::field("permissions", reason, text));
    if body.permissions.len() > MAX_ENTRIES {
        return invalid("too_many", "A request can name at most 100 permissions. Send several.");
    }
    if body.permissions.is_empty() && body.mode != ListMode::Replace {
        return invalid("empty", "No permission is named. Name at least one permission.");
    }
    let mut named = BTreeSet::new();
    let mut entries = Vec::new();
    for (at, input) in body.permissions.iter().enumerate() {
        let effect = Effect::from(input.effect);
        if !named.insert((input.name, effect == Effect::Allow)) {
            return invalid("duplicate", "A permission is named twice. Name it once per effect.");
        }
        let until = input.expires_at.filter(|_| body.mode != ListMode::Remove);
        let entry = entry_until(&format!("permissions[{at}].expires_at"), until, now)?;
        entries.push(direct::DirectPermission { permission: input.name, effect, entry });
    }
    Ok(entries)
}

fn view(before: &User, after: &User) -> Json<ChangedPermissions> {
    let (earlier, later) = (direct_permissions(before), direct_permissions(after));
    let without = |all: &[DirectPermission], others: &[DirectPermission]| {
        all.iter().filter(|entry| !others.contains(entry)).cloned().collect()
    };
    let changed = ChangedPermissions {
        id: after.user_id,
        added: without(&later, &earlier),
        removed: without(&earlier, &later),
        direct_permissions: later,
        version: after.version,
    };
    Json::new(changed).version(after.version)
}

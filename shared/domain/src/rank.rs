//! Rank: who may act on whom, and who may grant what.

use crate::{ApiError, BuiltInRole, Code, Permission, PermissionSet, Principal, permission};

/// The caller, with the effective permissions of the request.
#[derive(Debug, Clone, Copy)]
pub struct Acting<'a> {
    /// The user.
    pub principal: &'a Principal,
    /// Effective permissions in this request; an API key can restrict them.
    pub permissions: &'a PermissionSet,
}

/// The rule of rank: callers cannot act on themselves, on users at or above their rank, or on users
/// with permissions that the caller lacks. Root may act on root.
///
/// # Errors
/// `CANNOT_MODIFY_SELF` or `OUTRANKED`.
pub fn check_rank(actor: Acting<'_>, target: &Principal) -> Result<(), ApiError> {
    if actor.principal.user_id == target.user_id {
        return Err(not_oneself());
    }
    let root = actor.principal.role == BuiltInRole::RootAdmin;
    let ranks =
        actor.principal.role > target.role || (root && target.role == BuiltInRole::RootAdmin);
    if ranks && actor.permissions.is_superset(&target.permissions()) {
        return Ok(());
    }
    // An API key of root narrowed to one scope still stands above someone who holds nothing, but
    // not above another administrator.
    Err(ApiError::new(
        Code::Outranked,
        "This user has the same rank as you or a higher one. Ask a staff member with a higher rank.",
    ))
}

/// The error for an action on one's own account.
pub fn not_oneself() -> ApiError {
    ApiError::new(
        Code::CannotModifySelf,
        "You cannot do this to your own account. Ask another staff member.",
    )
}

/// The rule for everything that concerns another user or their things: never oneself, and a member
/// of staff only from above. Somebody who is not staff is below everybody who holds the permission.
///
/// # Errors
/// `CANNOT_MODIFY_SELF` or `OUTRANKED`.
pub fn check_staff_rank(actor: Acting<'_>, target: &Principal) -> Result<(), ApiError> {
    if actor.principal.user_id != target.user_id && !target.is_staff() {
        return Ok(());
    }
    check_rank(actor, target)
}

/// Checks that the caller has all permissions that they grant.
///
/// # Errors
/// `PERMISSION_DENIED` with `missing`.
pub fn check_grant(actor: Acting<'_>, granted: &PermissionSet) -> Result<(), ApiError> {
    let missing: Vec<Permission> = granted.difference(actor.permissions).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(permission_denied(&missing))
}

/// The refusal for missing permissions, by whether the caller could hold them as an administrator.
pub fn permission_denied(missing: &[Permission]) -> ApiError {
    let names: Vec<_> = missing.iter().map(|p| serde_json::Value::from(p.as_str())).collect();
    let code = if missing.iter().any(|p| permission::root_only(*p)) {
        Code::SuperadminRequired
    } else {
        Code::PermissionDenied
    };
    ApiError::new(
        code,
        "You do not have the permissions listed in `missing`. Ask an administrator to grant them.",
    )
    .with("missing", names)
}

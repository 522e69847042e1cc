//! Rank: the rules for acting on other users and for granting permissions.

use crate::{ApiError, Code, Permission, PermissionSet, User, permission};
pub use permission::Rank;

/// The caller, with the effective permissions of the request.
#[derive(Debug, Clone, Copy)]
pub struct Acting<'a> {
    /// The user.
    pub user: &'a User,
    /// Effective permissions in this request; an API key can restrict them.
    pub permissions: &'a PermissionSet,
}

/// The rule of rank: callers cannot act on themselves, on users at or above their rank, or on users
/// with permissions that the caller lacks. Root may act on root. Only root may act on users with
/// rights of a later release, since nobody else can be shown to hold them.
///
/// # Errors
/// `CANNOT_MODIFY_SELF` or `OUTRANKED`.
pub fn check_rank(actor: Acting<'_>, target: &User) -> Result<(), ApiError> {
    if actor.user.user_id == target.user_id {
        return Err(not_oneself());
    }
    let root = actor.user.is_root();
    let ranks = root || (actor.user.rank() > target.rank() && !target.has_unknown_rights());
    if ranks && actor.permissions.is_superset(&target.permissions()) {
        return Ok(());
    }
    // An API key of root with one scope still ranks above users without permissions, but not above
    // another administrator.
    Err(ApiError::new(
        Code::Outranked,
        "This user has the same rank as you or a higher one. Ask a staff member with a higher rank.",
    ))
}

/// The error for an action on the caller's own account.
pub fn not_oneself() -> ApiError {
    ApiError::new(
        Code::CannotModifySelf,
        "You cannot do this to your own account. Ask another staff member.",
    )
}

/// The rule for routes about another user or their resources: callers cannot act on themselves, and
/// on staff members only of a lower rank. Users who are not staff rank below every holder of the
/// permission.
///
/// # Errors
/// `CANNOT_MODIFY_SELF` or `OUTRANKED`.
pub fn check_staff_rank(actor: Acting<'_>, target: &User) -> Result<(), ApiError> {
    if actor.user.user_id != target.user_id && !target.is_staff() {
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

/// The error for missing permissions, which depends on whether an administrator could grant them.
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

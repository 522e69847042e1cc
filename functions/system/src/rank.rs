//! The rule of rank for services: a service changes a staff member only if its key has every
//! permission that the staff member has, and gives no permission that its key lacks.

use provost_domain::{
    ApiError, Code, Permission, PermissionSet, User, identity::SystemKey, rank::permission_denied,
};

/// Checks that the service may change this user.
///
/// # Errors
/// `OUTRANKED`.
pub fn check_target(key: &SystemKey, target: &User) -> Result<(), ApiError> {
    let above = key.scopes.is_superset(&target.permissions()) && !target.has_unknown_rights();
    if !target.is_staff() || above {
        return Ok(());
    }
    Err(ApiError::new(
        Code::Outranked,
        "This user has permissions that the system key lacks. Use a key with all of them as scopes.",
    ))
}

/// Checks that the service may give these permissions.
///
/// # Errors
/// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`, with `missing`.
pub fn check_grant(key: &SystemKey, granted: &PermissionSet) -> Result<(), ApiError> {
    let missing: Vec<Permission> = granted.difference(&key.scopes).copied().collect();
    if missing.is_empty() { Ok(()) } else { Err(denied(&missing)) }
}

/// Requires another scope than that of the route.
///
/// # Errors
/// `PERMISSION_DENIED` with `missing`.
pub fn require(key: &SystemKey, scope: Permission) -> Result<(), ApiError> {
    if key.scopes.contains(&scope) { Ok(()) } else { Err(denied(&[scope])) }
}

fn denied(missing: &[Permission]) -> ApiError {
    ApiError {
        code: Code::PermissionDenied,
        detail:
            "This system key does not have the scopes listed in `missing`. Create a key with them."
                .to_owned(),
        ..permission_denied(missing)
    }
}

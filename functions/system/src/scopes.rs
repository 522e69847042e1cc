//! Scopes beyond that of the route.

use provost_domain::{ApiError, Permission, grantor::scopes_missing, identity::SystemKey};

/// Requires another scope than that of the route.
///
/// # Errors
/// `PERMISSION_DENIED` with `missing`.
pub fn require(key: &SystemKey, scope: Permission) -> Result<(), ApiError> {
    if key.scopes.contains(&scope) { Ok(()) } else { Err(scopes_missing(&[scope])) }
}

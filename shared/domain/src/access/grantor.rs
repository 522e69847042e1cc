//! Who changes the rights of a user, and the rules of rank for services.

use crate::{
    ApiError, Code, Permission, PermissionSet, User,
    identity::SystemKey,
    rank::{self, Acting, check_rank, permission_denied},
};

/// Who changes the rights of a user.
#[derive(Debug, Clone, Copy)]
pub enum Grantor<'a> {
    /// A staff member.
    Staff(Acting<'a>),
    /// Another service. A service has no rank: the scopes of its key decide.
    Service(&'a SystemKey),
}

impl<'a> From<Acting<'a>> for Grantor<'a> {
    fn from(staff: Acting<'a>) -> Self {
        Self::Staff(staff)
    }
}

impl Grantor<'_> {
    /// Checks that the rights of this user may be changed: a staff member outranks the user; a
    /// service changes a staff member only if its key has every permission that they have.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_SELF` or `OUTRANKED`.
    pub fn check_target(self, target: &User) -> Result<(), ApiError> {
        let key = match self {
            Self::Staff(staff) => return check_rank(staff, target),
            Self::Service(key) => key,
        };
        let above = key.scopes.is_superset(&target.permissions()) && !target.has_unknown_rights();
        if !target.is_staff() || above {
            return Ok(());
        }
        Err(ApiError::new(
            Code::Outranked,
            "This user has permissions that the system key lacks. Use a key with all of them as scopes.",
        ))
    }

    /// Checks that the grantor has all permissions that they grant.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`, with `missing`.
    pub fn check_grant(self, granted: &PermissionSet) -> Result<(), ApiError> {
        match self {
            Self::Staff(staff) => rank::check_grant(staff, granted),
            Self::Service(key) => {
                let missing: Vec<Permission> = granted.difference(&key.scopes).copied().collect();
                if missing.is_empty() { Ok(()) } else { Err(scopes_missing(&missing)) }
            }
        }
    }
}

/// The error for scopes that a system key lacks.
pub fn scopes_missing(missing: &[Permission]) -> ApiError {
    ApiError {
        code: Code::PermissionDenied,
        detail:
            "This system key does not have the scopes listed in `missing`. Create a key with them."
                .to_owned(),
        ..permission_denied(missing)
    }
}

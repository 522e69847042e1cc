//! The errors of an operation. Those of its access rule, path, input and effect are derived from
//! the route; those of its handler are listed with [`Routes::errors`](crate::Routes::errors). The
//! OpenAPI document names them all, and the test kit fails a test that receives an unlisted one.

use provost_domain::{Code, Permission, permission::root_only};

/// Errors for a signed-in caller.
pub const SIGNED_IN: &[Code] = &[
    Code::Unauthenticated,
    Code::SessionEnded,
    Code::AccountSuspended,
    Code::AccountInactive,
    Code::DeletionPending,
    Code::PermissionDenied,
];

/// Errors of a required staff permission, in addition to [`SIGNED_IN`]: administrators have all
/// permissions except those of root.
pub fn permitted(permission: Permission) -> Vec<Code> {
    [&[Code::AdminRequired][..], lacked(permission)].concat()
}

/// Errors for staff who lack a permission, in addition to [`SIGNED_IN`].
pub fn lacked(permission: Permission) -> &'static [Code] {
    if root_only(permission) {
        &[Code::SuperadminRequired, Code::SecondFactorRequired]
    } else {
        &[Code::SecondFactorRequired]
    }
}

/// Errors of a user in the path.
pub const NAMED: &[Code] = &[Code::InvalidUserId];

/// Errors of a required higher rank than the user in the path, in addition to [`NAMED`].
pub const OUTRANKS: &[Code] = &[Code::Outranked, Code::CannotModifySelf];

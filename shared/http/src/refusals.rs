//! The errors of an operation. Those of its access rule, path, input and effect are derived from
//! the route; those of its handler are listed with [`Routes::errors`](crate::Routes::errors). The
//! OpenAPI document names them all, and the test kit fails a test that receives an unlisted one.

use std::collections::BTreeSet;

use http::Method;
use provost_domain::{Code, Permission, permission::root_only};

use crate::routes::{Effect, Route};

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
    if root_only(permission) { &[Code::SuperadminRequired] } else { &[] }
}

/// Errors of a user in the path.
pub const NAMED: &[Code] = &[Code::InvalidUserId];

/// Errors of a required higher rank than the user in the path, in addition to [`NAMED`].
pub const OUTRANKS: &[Code] = &[Code::Outranked, Code::CannotModifySelf];

/// Every error code of this operation.
pub(crate) fn codes(route: &Route) -> BTreeSet<Code> {
    // If a deployment only allows requests through its content delivery network, any operation can
    // return this.
    let mut codes =
        BTreeSet::from([Code::UnknownParameter, Code::Unavailable, Code::PermissionDenied]);
    codes.extend(route.refuses.iter().copied());
    // An id without a resource, or spelled in a way that the gateway takes for another path.
    if route.path.contains('{') {
        codes.extend([Code::NotFound, Code::MethodNotAllowed]);
    }
    if route.takes_query {
        codes.insert(Code::ValidationFailed);
    }
    // Operations without a body also reject one.
    if route.method != Method::GET {
        codes.extend([
            Code::TooLarge,
            Code::MalformedBody,
            Code::UnsupportedMedia,
            Code::ValidationFailed,
        ]);
    }
    if route.method == Method::POST {
        codes.extend([Code::InProgress, Code::IdempotencyKeyReused]);
    }
    if route.effect != Effect::Read {
        codes.insert(Code::InProgress);
    }
    codes
}

//! Which refusals an operation may answer with. Those that come with its access, path, input and effect are told by its row; what its handler adds stands in the row as
//! [`Routes::refuses`](crate::Routes::refuses). The OpenAPI document names them all, and the test kit fails a test that meets another.

use std::collections::BTreeSet;

use http::Method;
use provost_domain::{Code, Permission, permission::root_only};

use crate::routes::{Effect, Route};

/// What deciding on a signed-in caller may answer.
pub const SIGNED_IN: &[Code] = &[
    Code::Unauthenticated,
    Code::SessionEnded,
    Code::AccountSuspended,
    Code::AccountInactive,
    Code::DeletionPending,
    Code::PermissionDenied,
];

/// What demanding a permission of staff may answer beyond [`SIGNED_IN`]: administrators hold all but those of root alone.
pub fn permitted(permission: Permission) -> Vec<Code> {
    [&[Code::AdminRequired][..], lacked(permission)].concat()
}

/// What somebody of staff may be told who lacks a permission, beyond [`SIGNED_IN`].
pub fn lacked(permission: Permission) -> &'static [Code] {
    if root_only(permission) { &[Code::SuperadminRequired] } else { &[] }
}

/// What naming a person in the path may answer.
pub const NAMED: &[Code] = &[Code::InvalidUserId];

/// What standing above the person in the path may answer beyond [`NAMED`].
pub const OUTRANKS: &[Code] = &[Code::Outranked, Code::CannotModifySelf];

/// Every code that this operation may refuse with.
pub(crate) fn codes(route: &Route) -> BTreeSet<Code> {
    let mut codes = BTreeSet::from([Code::UnknownParameter, Code::Unavailable]);
    codes.extend(route.refuses.iter().copied());
    // An id that means no thing, or in a spelling that the gateway takes for another path.
    if route.path.contains('{') {
        codes.extend([Code::NotFound, Code::MethodNotAllowed]);
    }
    if route.takes_query {
        codes.insert(Code::ValidationFailed);
    }
    // Also what takes no body says so of one that comes.
    if route.method != Method::GET {
        codes.extend([Code::TooLarge, Code::MalformedBody, Code::UnsupportedMedia, Code::ValidationFailed]);
    }
    if route.method == Method::POST {
        codes.extend([Code::InProgress, Code::IdempotencyKeyReused]);
    }
    if route.effect != Effect::Read {
        codes.insert(Code::InProgress);
    }
    codes
}

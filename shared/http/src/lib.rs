//! The HTTP layer of all functions: route tables, access rules that run before anything else is
//! read, problems with stable codes, pages, idempotency, OpenAPI.

pub mod access;
pub mod avatar_upload;
mod behind_cdn;
mod cors;
pub mod counted;
pub mod cursor;
mod dispatch;
pub mod entitlements;
mod idempotency;
pub mod input;
mod json;
#[cfg(any(test, feature = "openapi"))]
pub mod openapi;
pub mod paging;
pub mod present_password;
pub mod problem;
pub mod refusals;
pub mod reply;
pub mod request_context;
pub mod routes;
pub mod serve;
pub mod users;

pub use http::Method;

pub use access::{
    Access, AccountGrant, HasOwner, InOrganisation, JobGrant, JobOwner, OrganisationGrant, Public,
    PublicGrant, SelfOrStaff, SelfOrStaffAbove, SelfOrStaffGrant, SignedIn, SignedInGrant,
    SignedInOrPendingDeletion, StaffAboveOwner, StaffAboveStaffTarget, StaffAboveTarget,
    StaffAccess, StaffGrant, StaffOwnerGrant, StaffTargetGrant,
};
pub use avatar_upload::AvatarUpload;
pub use counted::Who;
pub use dispatch::wants_page;
pub use input::{Body, BodyOrQuery, JsonOrForm, Query, Raw};
pub use paging::{List, Paging};
pub use problem::{HandlerError, HandlerResult};
pub use reply::{Accepted, Created, Html, Json, NoContent, NoContentOr, SeeOther, Versioned};
pub use request_context::RequestContext;
pub use routes::{Effect, Routes};

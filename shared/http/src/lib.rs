//! HTTP as all our functions speak it: a table of routes, access decided before anything else is read, problems with stable codes, pages, idempotency, OpenAPI.

pub mod access;
pub mod access_organisation;
pub mod access_owned;
mod behind_cdn;
pub mod call;
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
pub mod picture;
pub mod present_password;
pub mod problem;
pub mod refusals;
pub mod reply;
pub mod routes;
pub mod serve;
pub mod users;

pub use http::Method;

pub use access::{
    AccountGrant, JobGrant, JobOwner, Public, PublicGrant, Ranked, SelfOrStaff, SelfOrStaffAbove, SelfOrStaffGrant, SignedIn,
    SignedInGrant, SignedInOrPendingDeletion, StaffAboveTarget, StaffAccess, StaffGrant, StaffTargetGrant,
};
pub use access_organisation::{InOrganisation, OrganisationGrant};
pub use access_owned::{HasOwner, StaffAboveOwner, StaffOwnerGrant};
pub use call::RequestContext;
pub use counted::Who;
pub use dispatch::wants_page;
pub use input::{Body, BodyOrQuery, JsonOrForm, Query, Raw};
pub use paging::{List, Paging};
pub use picture::AvatarUpload;
pub use problem::{Answer, HandlerError};
pub use reply::{Accepted, Created, Html, Json, NoContentOr, Nothing, SeeOther, Versioned};
pub use routes::{Effect, Routes};

//! The HTTP layer of all functions: route tables, access rules that run before anything else is
//! read, problems with stable codes, pages, idempotency, OpenAPI.

pub mod access;
mod dispatch;
pub mod input;
mod middleware;
#[cfg(any(test, feature = "openapi"))]
pub mod openapi;
pub mod paging;
pub mod problem;
mod received;
pub mod refusals;
pub mod reply;
pub mod request_context;
mod route;
pub mod routes;
pub mod serve;
pub mod user_fields;
mod user_row;
pub mod users;

pub use http::Method;

// These modules are also known by their own names, whatever folder they are in.
pub use input::avatar_upload;
#[cfg(any(test, feature = "openapi"))]
pub use openapi::examples;
pub use paging::cursor;
pub use request_context::{limits, present_password};

pub use access::{
    Access, AccountGrant, HasOwner, Identities, ImpersonatingGrant, InOrganisation, JobGrant,
    JobOwner, ListedImpersonation, OrganisationGrant, OwnerGrant, OwnerOrStaff, Public,
    PublicGrant, SelfOrStaff, SelfOrStaffAbove, SelfOrStaffGrant, SignedIn, SignedInGrant,
    SignedInOrPendingDeletion, StaffAboveOwner, StaffAboveStaffTarget, StaffAboveTarget,
    StaffAccess, StaffGrant, StaffOrSystem, StaffOrSystemGrant, StaffOwnerGrant, StaffTargetGrant,
    SystemAccess, SystemGrant,
};
pub use avatar_upload::AvatarUpload;
pub use dispatch::{CONSISTENCY_TOKEN, wants_page};
pub use input::{
    Body, BodyOrQuery, JsonOrForm, OneClick, Query, QueryParameters, Raw, RawQuery, UserFileUpload,
};
pub use limits::LimitKey;
pub use paging::{Paging, SnakePaging};
pub use problem::{HandlerError, HandlerResult};
pub use provost_api::{List, SnakeList};
pub use reply::{
    Accepted, Counted, Created, Html, Json, NoContent, NoContentOr, PlanOrJob, Private, SeeOther,
    Versioned,
};
pub use request_context::RequestContext;
pub use routes::{Effect, Routes};
pub use user_row::{UserRowView, redacted};

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
    AccountGrant, Anyone, JobGrant, JobOwner, Leaving, Over, OverGrant, Own, OwnGrant, OwnOrRanked, Permit, Person, Public, Ranked,
    SignedIn, Staff,
};
pub use access_organisation::{InOrganisation, OrganisationGrant};
pub use access_owned::{Owned, OwnedGrant, RankedOwner};
pub use call::Call;
pub use counted::Who;
pub use dispatch::wants_page;
pub use input::{Body, BodyOrQuery, JsonOrForm, Query, Raw};
pub use paging::{List, Paging};
pub use picture::Picture;
pub use problem::{Answer, Problem};
pub use reply::{Accepted, Created, Html, Json, Nothing, NothingOr, SeeOther, Versioned};
pub use routes::{Effect, Routes};

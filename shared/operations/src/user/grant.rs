//! Benefits that are granted to a user.

mod end_grant;
mod expire_grant;
mod grant_benefit;

pub use end_grant::{EndedGrant, end_grant};
pub use expire_grant::expire_grant;
pub use grant_benefit::{Granted, NewGrant, grant_benefit};

//! Operations on impersonations.

mod end_impersonation;
mod start_impersonation;

pub use end_impersonation::{force_end_impersonation, stop_impersonation};
pub use start_impersonation::{NewImpersonation, StartedImpersonation, start_impersonation};

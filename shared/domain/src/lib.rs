//! The rules of the platform: users, permissions, ranks, and the states of accounts, exports, links
//! and deletions.
//!
//! Nothing here depends on a table, a request or a clock: time, ids and randomness are arguments,
//! and a state change is a method that may return an error.

pub mod access;
pub mod audit;
pub mod base;
pub mod billing;
pub mod deletion;
pub mod dns;
pub mod export;
pub mod fraud;
pub mod infrastructure;
pub mod mail;
pub mod organisation;
pub mod user;
pub mod verification;

// Each module is also known by its own name, whatever folder it is in.
pub use access::{permission, rank};
pub use base::{address, contact, ids, page, refusal, secret, text, time};
pub use billing::{entitlement, payment, product, stripe_id, subscription};
pub use export::{export_view, file, share_link};
pub use mail::message;
pub use organisation::{organisation_activity, organisation_invite};
pub use user::{
    account, api_key, device, lockout, new_person, notification, password, principal, profile,
    profile_view, reserved, second_factor, session, ssh_key, staff_record,
};
pub use verification::evidence;

pub use contact::{Country, Email, Phone, Username};
pub use ids::*;
pub use permission::{BuiltInRole, Permission, PermissionSet};
pub use principal::{Principal, Status};
pub use refusal::{ApiError, Code};
pub use time::Timestamp;

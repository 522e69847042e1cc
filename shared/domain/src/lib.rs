//! The rules of the platform: users, permissions, ranks, and the states of accounts, exports, links
//! and deletions.
//!
//! Nothing here depends on a table, a request or a clock: time, ids and randomness are arguments,
//! and a state change is a method that may return an error.

pub mod account;
pub mod address;
pub mod api_key;
pub mod audit;
pub mod contact;
pub mod deletion;
pub mod device;
pub mod dns;
pub mod entitlement;
pub mod evidence;
pub mod export;
pub mod export_view;
pub mod file;
pub mod fraud;
pub mod ids;
pub mod infrastructure;
pub mod lockout;
pub mod mail;
pub mod message;
pub mod new_person;
pub mod notification;
pub mod organisation;
pub mod organisation_activity;
pub mod organisation_invite;
pub mod page;
pub mod password;
pub mod payment;
pub mod permission;
pub mod principal;
pub mod product;
pub mod profile;
pub mod profile_view;
pub mod rank;
pub mod refusal;
pub mod reserved;
pub mod second_factor;
pub mod secret;
pub mod session;
pub mod share_link;
pub mod ssh_key;
pub mod staff_record;
pub mod stripe_id;
pub mod subscription;
pub mod text;
pub mod time;
pub mod verification;

pub use contact::{Country, Email, Phone, Username};
pub use ids::*;
pub use permission::{BuiltInRole, Permission, PermissionSet};
pub use principal::{Principal, Status};
pub use refusal::{ApiError, Code};
pub use time::Timestamp;

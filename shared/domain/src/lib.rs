//! The rules of the platform: who users are, who may do what to whom, and how an account, an
//! export, a link or a deletion moves from one state to the next.
//!
//! Nothing here knows of a table, a request or a clock: time, ids and randomness come in as
//! arguments, and a change of state is a method that may refuse.

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

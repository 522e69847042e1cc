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
pub mod insight;
pub mod job;
pub mod mail;
pub mod moderation;
pub mod organisation;
pub mod outbound;
pub mod setting;
pub mod storage;
pub mod user;
pub mod verification;

// Each module is also known by its own name, whatever folder it is in.
pub use access::{
    assignment, direct, grantor, identity, impersonation, permission, rank, role, roles, system_key,
};
pub use base::{
    address, consistency, contact, ids, page, refusal, secret, stored_enum, text, time, time_zone,
};
pub use billing::{
    catalogue, charge, currency, customer, entitlement, payment, product, recurring, revenue,
    stripe_id, subscription, tier,
};
pub use export::{file, share_link};
pub use insight::{active_zones, analytics, release};
pub use mail::message;
pub use moderation::{application, content, report};
pub use organisation::{organisation_activity, organisation_invite};
pub use user::{
    account, account_edit, api_key, benefit, bulk, contributor, device, enrollment, external_id,
    import_row, lockout, new_user_record, notification, oauth, password, profile, profile_details,
    reserved, saved_view, second_factor, session, ssh_key, staff_record, unique_id, user_settings,
};
pub use verification::evidence;

pub use contact::{Country, Email, Phone, Username};
pub use ids::*;
pub use permission::{BuiltInRole, Permission, PermissionSet};
pub use rank::Rank;
pub use refusal::{ApiError, Code};
pub use time::Timestamp;
pub use time_zone::TimeZone;
pub use user::{Status, User};

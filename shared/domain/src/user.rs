//! Users: accounts, credentials, sessions, profiles and what staff keep about them.

pub mod account;
pub mod account_edit;
pub mod benefit;
pub mod bulk;
pub mod contributor;
pub mod credentials;
pub mod enrollment;
pub mod external_id;
pub mod import_row;
pub mod new_user_record;
pub mod notification;
pub mod oauth;
pub mod profile;
pub mod profile_details;
mod record;
pub mod reserved;
pub mod saved_view;
pub mod staff_record;
pub mod unique_id;
pub mod user_settings;

pub use credentials::{api_key, device, lockout, password, second_factor, session, ssh_key};
pub use record::{
    FormerUsername, MAX_FORMER_USERNAMES, MAX_PAST_SUSPENSIONS, PastSuspension, PendingDeletion,
    PortalTier, Status, Suspension, SuspensionKind, User, UserTypes, note_entitlements,
};

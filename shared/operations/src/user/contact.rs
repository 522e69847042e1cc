//! Email addresses, phone numbers and usernames of an account.

mod confirm_email;
mod contact_conflict;
mod request_confirmation;

pub use confirm_email::confirm_email;
pub use contact_conflict::contact_conflict;
pub use request_confirmation::request_confirmation;

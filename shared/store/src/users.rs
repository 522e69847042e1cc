//! Storage of users and of what belongs to them.

pub mod contributors;
pub mod credentials;
pub mod documents;
pub mod enrollments;
pub mod former_addresses;
pub mod grants;
pub mod impersonations;
pub mod notes;
pub mod notifications;
pub mod profiles;
pub mod records;
pub(crate) mod role_hints;
pub mod roles;
pub mod saved_views;
pub mod second_factors;
pub mod sign_ins;
pub mod ssh_keys;
pub mod unknown_logins;

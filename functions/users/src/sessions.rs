//! Sessions of a user.

pub mod list;
pub mod revoke;

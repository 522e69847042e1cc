//! Benefits that are granted to a user.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;

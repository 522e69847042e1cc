//! The notifications of a user.

pub(crate) mod list;
pub(crate) mod read;

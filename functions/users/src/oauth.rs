//! Accounts at other providers that are linked to a user.

pub mod link;
pub mod unlink;

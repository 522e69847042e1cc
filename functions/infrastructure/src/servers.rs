//! Servers of organisations.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;

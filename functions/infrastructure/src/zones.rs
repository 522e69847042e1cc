//! DNS zones of organisations.

pub(crate) mod create;
pub(crate) mod file;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod show;
pub(crate) mod verify;

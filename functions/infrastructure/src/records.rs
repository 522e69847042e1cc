//! The records of a DNS zone.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod update;

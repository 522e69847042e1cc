//! Content of any kind: flags and removal.

pub(crate) mod flag;
pub(crate) mod remove;

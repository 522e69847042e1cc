//! Definitions of roles.

pub mod clone;
pub mod create;
pub mod delete;
pub mod holders;
pub mod list;
pub mod show;
pub mod update;

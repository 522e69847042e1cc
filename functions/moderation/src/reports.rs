//! Reports about content and users.

pub mod create;
pub mod list;
pub mod list_own;
pub mod show;
pub mod update;
pub mod views;

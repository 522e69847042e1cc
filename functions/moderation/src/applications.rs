//! Applications that staff decide, and appeals against bans.

pub mod appeal;
pub mod create;
pub mod list;
pub mod list_own;
pub mod page;
pub mod reply;
pub mod show;
pub mod update;
pub mod views;

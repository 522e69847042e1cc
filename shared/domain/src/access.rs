//! Permissions, roles and rank.

pub mod permission;
pub mod rank;

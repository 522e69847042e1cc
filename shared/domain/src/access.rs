//! Identities, permissions, roles and rank.

pub mod assignment;
pub mod direct;
pub mod grantor;
pub mod identity;
pub mod impersonation;
mod impersonation_mode;
pub mod permission;
pub mod rank;
pub mod role;
mod role_definition;
pub mod roles;
pub mod system_key;

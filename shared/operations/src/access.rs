//! Operations on roles, the rights of users, impersonations, and the keys of other services.

pub mod impersonation;
pub mod role;
pub mod system_key;

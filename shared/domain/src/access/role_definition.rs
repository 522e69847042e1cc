//! What a custom role gives its holders.

use crate::{Permission, PermissionSet};

/// What a role gives, as far as decisions about its holders need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDefinition {
    /// Name of the role.
    pub name: String,
    /// Whether it gives its permissions.
    pub active: bool,
    /// Its permissions.
    pub permissions: PermissionSet,
}

impl RoleDefinition {
    /// The permissions that the role gives now, as far as this release knows them.
    pub fn given(&self) -> impl Iterator<Item = Permission> + '_ {
        let known = self.permissions.iter().copied().filter(|permission| permission.is_known());
        known.filter(|_| self.active)
    }
}

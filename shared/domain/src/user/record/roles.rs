//! The roles of a user, and the rank and permissions that they give.

use super::User;
use crate::{
    ApiError, BuiltInRole, Permission, PermissionSet, Rank, RoleId,
    role::{MAX_ROLES, Role, RoleDefinition},
    roles::Roles,
};

impl User {
    /// The built-in roles.
    pub(crate) fn built_in_roles(&self) -> impl Iterator<Item = BuiltInRole> + '_ {
        std::iter::once(self.role).chain(self.roles.built_in())
    }

    /// The permissions of all roles that are known: the built-in ones, and the custom ones whose
    /// definitions were read.
    pub(crate) fn role_permissions(&self) -> PermissionSet {
        let custom = self.custom_roles.values().flat_map(RoleDefinition::given);
        self.built_in_roles().flat_map(BuiltInRole::permissions).chain(custom).collect()
    }

    /// The rank: the highest of the roles.
    pub fn rank(&self) -> Rank {
        self.built_in_roles().map(BuiltInRole::rank).max().unwrap_or_default()
    }

    /// Whether this is a root administrator.
    pub fn is_root(&self) -> bool {
        self.rank() == Rank::Root
    }

    /// Whether the user has the role with this name.
    pub fn has_role(&self, name: &str) -> bool {
        self.role.as_str() == name || self.roles.contains(name)
    }

    /// Whether a later release gave this user a role or a permission that this one does not know, or
    /// the definition of a custom role was not read. It grants nothing here, but only a root
    /// administrator may act on the user.
    pub fn has_unknown_rights(&self) -> bool {
        let unknown = |permission: &Permission| !permission.is_known();
        let known = self.roles.built_in().count() + self.custom_roles.len();
        !self.role.is_known()
            || known < self.roles.len()
            || self.grants.iter().chain(self.temporary_grants.keys()).any(unknown)
            || self.custom_roles.values().any(|role| role.permissions.iter().any(unknown))
    }

    /// The user with a custom role.
    ///
    /// # Errors
    /// `INVALID_ACTION` when they have as many as a user may have.
    pub fn with_custom_role(mut self, role: &Role) -> Result<Self, ApiError> {
        self.roles.insert(role.id.to_string());
        self.custom_roles.insert(role.id, role.definition());
        if self.roles.custom().count() > MAX_ROLES {
            return Err(ApiError::invalid_action(
                format!("A user can have at most {MAX_ROLES} custom roles. Remove one first."),
                &["unassign"],
            ));
        }
        Ok(self)
    }

    /// The user without a custom role.
    #[must_use]
    pub fn without_custom_role(mut self, role: RoleId) -> Self {
        self.roles.remove(&role.to_string());
        self.custom_roles.remove(&role);
        self
    }

    /// Replaces the built-in roles by this one. Other roles stay.
    pub fn set_role(&mut self, role: BuiltInRole) {
        self.role = role;
        self.roles.remove_built_in();
        self.keep_a_type();
    }

    /// Removes a further role by its name or id.
    pub(crate) fn remove_role(&mut self, name: &str) {
        self.roles.remove(name);
        if let Ok(id) = name.parse() {
            self.custom_roles.remove(&id);
        }
    }

    /// Adds a further built-in role by name, or one of a later release.
    pub(crate) fn add_role_name(&mut self, name: &str) {
        self.roles.insert(name.to_owned());
    }

    /// Removes every role, whether this release knows it or not.
    pub(crate) fn remove_roles(&mut self) {
        self.role = BuiltInRole::User;
        self.roles = Roles::default();
        self.custom_roles.clear();
        self.keep_a_type();
    }
}

//! Custom roles: sets of permissions that staff define and assign. A role is known by its id, so a
//! new name changes nothing for its holders.

use serde::{Deserialize, Serialize};

pub use super::role_definition::RoleDefinition;
use crate::{
    ApiError, BuiltInRole, Code, PermissionSet, RoleId, Timestamp,
    rank::{Acting, check_grant, not_oneself},
    text,
};

/// Maximum number of custom roles of a user. Each costs a read unit at the user's requests.
pub const MAX_ROLES: usize = 10;
/// Maximum length of a role's name, in characters.
pub const MAX_NAME: usize = 64;
/// Maximum length of a role's description, in characters.
pub const MAX_DESCRIPTION: usize = 500;
/// Spellings of built-in roles besides their names, and words that readers take for one.
const RESERVED: [&str; 4] = ["superadmin", "root", "root admin", "administrator"];

/// A custom role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Id of the role, under which users hold it.
    pub id: RoleId,
    /// Name, unique regardless of case and compatible forms.
    pub name: String,
    /// What the role is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// The permissions of its holders while it is active.
    #[serde(default)]
    pub permissions: PermissionSet,
    /// Whether it gives its permissions. Holders of an inactive role keep it.
    pub active: bool,
    /// Number of users who hold it.
    #[serde(default)]
    pub holders: u64,
    /// Version of the definition; increases with every change, but not when users get or lose it.
    pub version: u64,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change of the definition.
    pub updated_at: Timestamp,
}

/// A change of a role. What is absent stays.
#[derive(Debug, Clone, Default)]
pub struct RoleEdit {
    /// New name.
    pub name: Option<String>,
    /// New description; `Some(None)` removes it.
    pub description: Option<Option<String>>,
    /// New permissions.
    pub permissions: Option<PermissionSet>,
    /// Whether it is active.
    pub active: Option<bool>,
}

impl Role {
    /// A new role, active and without holders.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` when the actor lacks one of the permissions;
    /// `VALIDATION_FAILED`; `ALREADY_EXISTS` for the name of a built-in role.
    pub fn define(
        by: Acting<'_>,
        id: RoleId,
        name: &str,
        description: Option<&str>,
        permissions: PermissionSet,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        check_grant(by, &permissions)?;
        Ok(Self {
            id,
            name: role_name(name)?,
            description: description.map(role_description).transpose()?,
            permissions,
            active: true,
            holders: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// The role after a change. A change of a role acts on all its holders: the caller holds
    /// all permissions of the role, before and after, and does not hold the role themselves.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`; `CANNOT_MODIFY_SELF` when the actor holds the
    /// role and its effect changes; `VALIDATION_FAILED`; `ALREADY_EXISTS`.
    pub fn edit(&self, by: Acting<'_>, edit: &RoleEdit, now: Timestamp) -> Result<Self, ApiError> {
        let mut after = self.clone();
        if let Some(permissions) = &edit.permissions {
            after.permissions = permissions.clone();
        }
        after.active = edit.active.unwrap_or(self.active);
        self.check_rights(by)?;
        check_grant(by, &after.permissions)?;
        let effect = (&after.permissions, after.active) != (&self.permissions, self.active);
        if effect && by.user.has_role(&self.id.to_string()) {
            return Err(not_oneself());
        }
        if let Some(name) = &edit.name {
            after.name = role_name(name)?;
        }
        if let Some(description) = &edit.description {
            after.description = description.as_deref().map(role_description).transpose()?;
        }
        if after == *self {
            return Ok(after);
        }
        after.version += 1;
        after.updated_at = now;
        Ok(after)
    }

    /// Checks that the actor holds all permissions of the role, active or not. A root administrator
    /// may also act on a role with permissions of a later release.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`, with `missing`.
    pub fn check_rights(&self, by: Acting<'_>) -> Result<(), ApiError> {
        let mut permissions = self.permissions.clone();
        if by.user.is_root() {
            permissions.retain(|permission| permission.is_known());
        }
        check_grant(by, &permissions)
    }

    /// Checks that the role can be deleted: by a caller with its permissions, while nobody holds it.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED`; `INVALID_ACTION` with `holders`.
    pub fn check_delete(&self, by: Acting<'_>) -> Result<(), ApiError> {
        self.check_rights(by)?;
        if self.holders == 0 {
            return Ok(());
        }
        Err(ApiError::invalid_action(
            "Users hold this role; `holders` is their number. Remove the role from them first, or deactivate it.",
            &["deactivate", "unassign"],
        )
        .with("holders", self.holders)
        .with("holdersUrl", format!("/v1/rbac/roles/{}/users", self.id)))
    }

    /// The definition, as holders of the role carry it.
    pub fn definition(&self) -> RoleDefinition {
        let Self { name, active, permissions, .. } = self;
        RoleDefinition { name: name.clone(), active: *active, permissions: permissions.clone() }
    }

    /// The form of the name that is unique.
    pub fn name_key(&self) -> String {
        text::caseless(&self.name)
    }
}

/// Parses the name of a role.
///
/// # Errors
/// `VALIDATION_FAILED` on `name`; `ALREADY_EXISTS` for the name of a built-in role.
pub fn role_name(name: &str) -> Result<String, ApiError> {
    let name = text::line("name", &text::nfkc(name), MAX_NAME)?;
    let key = text::caseless(&name);
    let built_in = BuiltInRole::ALL.iter().any(|role| text::caseless(role.as_str()) == key);
    if built_in || RESERVED.contains(&key.as_str()) || key.parse::<RoleId>().is_ok() {
        return Err(name_taken("This name is reserved for a built-in role. Choose another name."));
    }
    Ok(name)
}

/// The error for a name that another role has.
pub fn name_taken(detail: &str) -> ApiError {
    ApiError::new(Code::AlreadyExists, detail).with("field", "name")
}

fn role_description(description: &str) -> Result<String, ApiError> {
    text::note("description", description, MAX_DESCRIPTION)
}

//! Views of roles and of the rights of users.

use std::collections::BTreeSet;

use provost_domain::{
    BuiltInRole, Permission, RoleId, Timestamp, User, UserId,
    direct::{Reason, Source},
    role::Role,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A role, custom or built-in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoleDefinitionView {
    /// Id of a custom role, name of a built-in one.
    pub id: String,
    /// Name of the role, unique regardless of case.
    name: String,
    /// What the role is for; null if nobody said.
    description: Option<String>,
    /// Permissions of its holders.
    permissions: BTreeSet<Permission>,
    /// Whether the role gives its permissions. Holders of an inactive role keep it.
    active: bool,
    /// Whether it is a built-in role, which cannot be changed.
    built_in: bool,
    /// Number of users who hold it; null for a built-in role, whose holders are not counted.
    holders: Option<u64>,
    /// Version of the definition, increased by every change. Also sent as the `ETag`.
    pub version: u64,
    /// Time of creation; null for a built-in role.
    created_at: Option<Timestamp>,
    /// Time of the last change; null for a built-in role.
    updated_at: Option<Timestamp>,
}

impl From<Role> for RoleDefinitionView {
    fn from(role: Role) -> Self {
        Self {
            id: role.id.to_string(),
            name: role.name,
            description: role.description,
            permissions: role.permissions,
            active: role.active,
            built_in: false,
            holders: Some(role.holders),
            version: role.version,
            created_at: Some(role.created_at),
            updated_at: Some(role.updated_at),
        }
    }
}

impl From<BuiltInRole> for RoleDefinitionView {
    fn from(role: BuiltInRole) -> Self {
        let about = match role {
            BuiltInRole::User => Some("Access to one's own account only."),
            BuiltInRole::Staff => Some("Read access for staff: lists and views."),
            BuiltInRole::Admin => Some("Everything except what only root administrators may do."),
            BuiltInRole::RootAdmin => Some("All permissions, also those of later releases."),
            BuiltInRole::Unknown(_) => None,
        };
        Self {
            id: role.as_str().to_owned(),
            name: role.as_str().to_owned(),
            description: about.map(str::to_owned),
            permissions: role.permissions(),
            active: true,
            built_in: true,
            holders: None,
            version: 1,
            created_at: None,
            updated_at: None,
        }
    }
}

/// A change of a custom role.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RoleChangeView {
    /// The role after the change.
    #[serde(flatten)]
    pub role: RoleDefinitionView,
    /// What the change does to each holder of the role.
    pub change: RoleEffectView,
}

/// What a change of a role does to its holders, apart from what other roles and grants give them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RoleEffectView {
    /// Whether this is a preview, and nothing was saved.
    dry_run: bool,
    /// Permissions that the role gives only after the change.
    gained: BTreeSet<Permission>,
    /// Permissions that the role gives only before the change.
    lost: BTreeSet<Permission>,
    /// Number of users whom the change concerns.
    holders: u64,
}

impl RoleEffectView {
    pub fn new(before: &Role, after: &Role, dry_run: bool) -> Self {
        let given = |role: &Role| role.definition().given().collect::<BTreeSet<_>>();
        let (before, after_given) = (given(before), given(after));
        Self {
            dry_run,
            gained: after_given.difference(&before).copied().collect(),
            lost: before.difference(&after_given).copied().collect(),
            holders: after.holders,
        }
    }
}

/// A role of a user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HeldRoleView {
    /// Id of a custom role, name of a built-in one.
    id: String,
    /// Name of the role, unique regardless of case.
    name: String,
    /// Whether the role gives its permissions.
    active: bool,
    /// Whether it is a built-in role.
    built_in: bool,
}

fn roles_of(user: &User) -> Vec<HeldRoleView> {
    let built_in = BuiltInRole::ALL.into_iter().filter(|role| user.has_role(role.as_str()));
    let built_in = built_in.map(|role| HeldRoleView {
        id: role.as_str().to_owned(),
        name: role.as_str().to_owned(),
        active: true,
        built_in: true,
    });
    let custom = user.custom_roles.iter().map(|(id, role)| HeldRoleView {
        id: id.to_string(),
        name: role.name.clone(),
        active: role.active,
        built_in: false,
    });
    built_in.chain(custom).collect()
}

/// What gives a user a permission.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceView {
    /// Kind of source.
    kind: SourceKind,
    /// The role; null for a direct grant.
    role: Option<String>,
    /// Name of the role; null for a direct grant.
    name: Option<String>,
    /// Time from which a direct grant has no effect; null without an end.
    expires_at: Option<Timestamp>,
}

/// Kind of source of a permission.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SourceKind {
    /// A built-in role.
    BuiltInRole,
    /// A custom role.
    CustomRole,
    /// A grant to the user.
    Grant,
}

impl From<Source> for SourceView {
    fn from(source: Source) -> Self {
        let of_role = |kind, id: String, name| Self {
            kind,
            role: Some(id),
            name: Some(name),
            expires_at: None,
        };
        match source {
            Source::BuiltIn(role) => {
                let name = role.as_str().to_owned();
                of_role(SourceKind::BuiltInRole, name.clone(), name)
            }
            Source::Custom(id, name) => of_role(SourceKind::CustomRole, id.to_string(), name),
            Source::Direct(entry) => {
                Self { kind: SourceKind::Grant, role: None, name: None, expires_at: entry.ends_at }
            }
        }
    }
}

/// A denial of a permission.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DenialView {
    /// Time from which it has no effect; null without an end.
    expires_at: Option<Timestamp>,
}

/// A permission of a user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EffectivePermissionView {
    /// Name of the permission.
    permission: Permission,
    /// Whether the user has it: something gives it, and nothing denies it.
    effective: bool,
    /// What gives it; empty when it is only denied.
    sources: Vec<SourceView>,
    /// The denial, which overrides every source; null without one.
    denial: Option<DenialView>,
}

impl EffectivePermissionView {
    fn new(permission: Permission, reason: Reason) -> Self {
        Self {
            permission,
            effective: reason.is_effective(),
            sources: reason.sources.into_iter().map(SourceView::from).collect(),
            denial: reason.denial.map(|denial| DenialView { expires_at: denial.ends_at }),
        }
    }
}

/// The roles and permissions of a user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EffectiveView {
    /// The user whose permissions these are.
    user_id: UserId,
    /// Roles, built-in ones first.
    roles: Vec<HeldRoleView>,
    /// Permissions that something gives or denies, in the order of the catalogue.
    permissions: Vec<EffectivePermissionView>,
    /// Version number of the account. Also sent as the `ETag`.
    pub version: u64,
}

impl From<&User> for EffectiveView {
    fn from(user: &User) -> Self {
        let reasons = user.permission_reasons().into_iter();
        Self {
            user_id: user.user_id,
            roles: roles_of(user),
            permissions: reasons
                .map(|(permission, reason)| EffectivePermissionView::new(permission, reason))
                .collect(),
            version: user.version,
        }
    }
}

/// A change of the roles or permissions of a user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RightsChangeView {
    /// The user whose permissions change.
    user_id: UserId,
    /// Whether this is a preview, and nothing was saved.
    dry_run: bool,
    /// Permissions that the user has only after the change.
    gained: BTreeSet<Permission>,
    /// Permissions that the user has only before the change.
    lost: BTreeSet<Permission>,
    /// Roles after the change, built-in ones first.
    roles: Vec<HeldRoleView>,
    /// Effective permissions after the change.
    permissions: BTreeSet<Permission>,
    /// Version number of the account after the change. Also sent as the `ETag`.
    pub version: u64,
}

impl RightsChangeView {
    pub fn new(before: &User, after: &User, dry_run: bool) -> Self {
        let (had, has) = (before.permissions(), after.permissions());
        Self {
            user_id: after.user_id,
            dry_run,
            gained: has.difference(&had).copied().collect(),
            lost: had.difference(&has).copied().collect(),
            roles: roles_of(after),
            permissions: has,
            version: if dry_run { before.version } else { after.version },
        }
    }
}

/// A user who holds a role.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RoleHolderView {
    /// The user who holds the role.
    pub user_id: UserId,
    /// When the user got the role.
    pub since: Timestamp,
}

/// The path of a custom role.
pub fn location(id: RoleId) -> String {
    format!("/v1/rbac/roles/{id}")
}

//! Operations on custom roles and on the rights of users.

mod assign_role;
mod create_role;
mod delete_role;
mod set_permission;
mod update_role;

pub use assign_role::{assign_role, change_roles, unassign_role};
pub use create_role::{NewRole, create_role};
pub use delete_role::delete_role;
pub use set_permission::{change_permissions, remove_permission, set_permission};
pub use update_role::update_role;

use provost_domain::{
    ApiError, User,
    audit::{Changes, Entry, Resource, note_change},
    role::{Role, name_taken},
};

use crate::Op;

/// The error for a name that another custom role has.
fn taken() -> ApiError {
    name_taken("Another role has this name. Choose another name.")
}

/// An audit entry about a role, with what changed.
fn entry(op: &Op<'_>, action: &'static str, before: Option<&Role>, after: Option<&Role>) -> Entry {
    let id = before.or(after).map(|role| role.id.to_string()).unwrap_or_default();
    let mut entry = op.entry(action, Resource::Other { kind: "role", id });
    let changes = &mut entry.changes;
    note_change(changes, "name", &before.map(|role| &role.name), &after.map(|role| &role.name));
    let about = |role: Option<&Role>| role.and_then(|role| role.description.clone());
    note_change(changes, "description", &about(before), &about(after));
    note_change(
        changes,
        "permissions",
        &before.map(|role| &role.permissions),
        &after.map(|role| &role.permissions),
    );
    note_change(changes, "active", &before.map(|role| role.active), &after.map(|role| role.active));
    entry
}

/// Records which rights of a user changed, and which effective permissions.
pub(crate) fn note_rights(changes: &mut Changes, before: &User, after: &User) {
    note_change(changes, "roles", &before.roles, &after.roles);
    note_change(changes, "grants", &before.grants, &after.grants);
    note_change(changes, "temporaryGrants", &before.temporary_grants, &after.temporary_grants);
    note_change(changes, "denials", &before.denials, &after.denials);
    note_change(changes, "denialEnds", &before.denial_ends, &after.denial_ends);
    note_change(changes, "permissions", &before.permissions(), &after.permissions());
}

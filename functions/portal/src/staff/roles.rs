//! `/staff/roles`: custom roles, who has them, and what a user may do and why.

pub mod compare;
pub mod effective;

use super::users;
use crate::model::{
    Action, Detail, Field, Filter, FilterKind, Header, Input, Kind, Link, List, Options, Section,
    Shown, Tab,
};

static HEADER: Header = Header {
    kind: "Role",
    parent: ("Roles", "/staff/roles"),
    api: "/v1/rbac/roles/{id}",
    name: &["name", "id"],
    facts: &[
        Field::flag("Active", "active"),
        Field::flag("Built in", "built_in"),
        Field::number("Users", "holders"),
    ],
    tabs: &[
        Tab { label: "Role", page: "/staff/roles/{id}", permission: "role.read" },
        Tab { label: "Users", page: "/staff/roles/{id}/users", permission: "role.read" },
    ],
    actions: &[
        Link::new("Change", "/staff/roles/{id}/change", "role.write").when("built_in", &["false"]),
        Link::new("Copy", "/staff/roles/{id}/copy", "role.write"),
        Link::new("Delete", "/staff/roles/{id}/delete", "role.write")
            .when("built_in", &["false"])
            .dangerous(),
    ],
};

/// The permissions, for a choice.
static PERMISSIONS: Options =
    Options { api: "/v1/rbac/permissions?limit=200", value: "name", label: "description" };
/// The roles that can be assigned.
static ROLES: Options =
    Options { api: "/v1/rbac/roles?kind=custom&limit=200", value: "id", label: "name" };

/// The lists.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/roles",
        title: "Roles",
        api: "/v1/rbac/roles",
        permission: "role.read",
        filters: &[Filter::new("kind", "Kind", FilterKind::Choice(&["built_in", "custom"]))],
        columns: &[
            Field::text("Name", "name").link("/staff/roles/{id}"),
            Field::text("Description", "description"),
            Field::flag("Active", "active"),
            Field::flag("Built in", "built_in"),
            Field::number("Users", "holders"),
            Field::new("Permissions", "permissions", Shown::List),
        ],
        actions: &[
            Link::new("Create a role", "/staff/roles/new", "role.write"),
            Link::new("Compare roles", "/staff/roles/compare", "role.read"),
            Link::new("All permissions", "/staff/permissions", "role.read"),
        ],
        empty: "There are no custom roles yet.",
        ..List::BLANK
    },
    List {
        path: "/staff/roles/{id}/users",
        title: "Users",
        api: "/v1/rbac/roles/{id}/users",
        permission: "role.read",
        header: Some(&HEADER),
        columns: &[
            Field::user("User", "user_id", "/staff/users/{user_id}"),
            Field::time("Since", "since"),
        ],
        empty: "Nobody has this role.",
        ..List::BLANK
    },
    List {
        path: "/staff/permissions",
        title: "Permissions",
        api: "/v1/rbac/permissions",
        permission: "role.read",
        columns: &[
            Field::code("Name", "name"),
            Field::text("Allows to", "description"),
            Field::new("Built-in roles", "built_in_roles", Shown::Names),
            Field::flag("Can be granted", "grantable"),
        ],
        ..List::BLANK
    },
];

/// A role.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/roles/{id}",
    title: "Role",
    api: "/v1/rbac/roles/{id}",
    permission: "role.read",
    header: Some(&HEADER),
    sections: &[Section {
        title: "Role",
        fields: &[
            Field::text("Description", "description"),
            Field::new("Permissions", "permissions", Shown::List),
            Field::time("Created", "created_at"),
            Field::time("Changed", "updated_at"),
        ],
    }],
    ..Detail::BLANK
}];

/// What staff can do with roles.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/roles/new",
        title: "Create a role",
        about: "You can only give permissions that you have yourself.",
        button: "Create",
        api: "/v1/rbac/roles",
        permission: "role.write",
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("description", "Description", Kind::Area),
            Input::new("permissions", "Permissions", Kind::Picks(&PERMISSIONS)),
            Input::reason(),
        ],
        then: "/staff/roles/{id}",
        done: "The role is created.",
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/roles/{id}/change",
        title: "Change this role",
        about: "The change applies to everybody with the role at their next request.",
        button: "Save",
        method: "PUT",
        api: "/v1/rbac/roles/{id}",
        permission: "role.write",
        header: Some(&HEADER),
        current: Some("/v1/rbac/roles/{id}"),
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("description", "Description", Kind::Area),
            Input::new("permissions", "Permissions", Kind::Picks(&PERMISSIONS)),
            Input::new("active", "Active", Kind::Check),
            Input::reason(),
        ],
        then: "/staff/roles/{id}",
        done: "The role is changed.",
        needs_recent_sign_in: true,
        preview: Some((
            "dry_run",
            &[
                Field::number("Users with the role", "change.holders"),
                Field::new("They gain", "change.gained", Shown::List),
                Field::new("They lose", "change.lost", Shown::List),
            ],
        )),
        ..Action::BLANK
    },
    Action {
        path: "/staff/roles/{id}/copy",
        title: "Copy this role",
        about: "The copy has the same permissions and no users.",
        button: "Copy",
        api: "/v1/rbac/roles/{id}/clone",
        permission: "role.write",
        header: Some(&HEADER),
        inputs: &[
            Input::new("name", "Name of the copy", Kind::Text).required(),
            Input::new("description", "Description", Kind::Area),
            Input::reason(),
        ],
        then: "/staff/roles",
        done: "The role is copied.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/roles/{id}/delete",
        title: "Delete this role",
        about: "Only a role that nobody has can be deleted. This cannot be undone.",
        button: "Delete the role",
        method: "DELETE",
        api: "/v1/rbac/roles/{id}",
        permission: "role.write",
        header: Some(&HEADER),
        inputs: &[Input::reason()],
        then: "/staff/roles",
        done: "The role is deleted.",
        dangerous: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/users/{id}/permissions/assign",
        title: "Assign a role",
        about: "The user has the permissions of the role from the next request.",
        button: "Assign",
        api: "/v1/rbac/users/{id}/roles/{role}",
        permission: "role.assign",
        header: Some(&users::HEADER),
        inputs: &[Input::new("role", "Role", Kind::Pick(&ROLES)).required(), Input::reason()],
        then: "/staff/users/{id}/permissions",
        done: "The role is assigned.",
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/users/{id}/permissions/roles/{role}/remove",
        title: "Take this role away",
        about: "The user loses the permissions of the role at the next request.",
        button: "Take away",
        method: "DELETE",
        api: "/v1/rbac/users/{id}/roles/{role}",
        permission: "role.assign",
        header: Some(&users::HEADER),
        inputs: &[Input::reason()],
        then: "/staff/users/{id}/permissions",
        done: "The role is taken away.",
        dangerous: true,
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/users/{id}/permissions/set",
        title: "Grant or deny a permission",
        about: "A denial comes before every role and every grant.",
        button: "Save",
        api: "/v1/rbac/users/{id}/permissions/{permission}",
        permission: "role.assign",
        header: Some(&users::HEADER),
        inputs: &[
            Input::new("permission", "Permission", Kind::Pick(&PERMISSIONS)).required(),
            Input::new("effect", "Effect", Kind::Choice(&[("allow", "Grant"), ("deny", "Deny")]))
                .required(),
            Input::new("expires_at", "Until", Kind::Time),
            Input::reason(),
        ],
        then: "/staff/users/{id}/permissions",
        done: "The permission is set.",
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/users/{id}/permissions/{permission}/remove",
        title: "Remove the grant or denial",
        about: "If the permission is denied, the denial is removed; otherwise the grant. Roles stay as they are.",
        button: "Remove",
        method: "DELETE",
        api: "/v1/rbac/users/{id}/permissions/{permission}",
        permission: "role.assign",
        header: Some(&users::HEADER),
        inputs: &[Input::reason()],
        then: "/staff/users/{id}/permissions",
        done: "The grant or denial is removed.",
        dangerous: true,
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
];

//! `/staff/roles`: custom roles, who has them, and what a user may do and why.

use maud::html;

use super::users;
use crate::{
    model::{
        Action, Detail, Field, Filter, FilterKind, Header, Input, Kind, Link, List, Section, Shown,
        Tab,
        field::{at, plain},
    },
    ui::{frame, values},
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
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
            Field::new("Built-in roles", "built_in_roles", Shown::List),
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
            Input::new("permissions", "Permissions", Kind::Lines)
                .hint("One a line, such as report.read.")
                .required(),
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
            Input::new("permissions", "Permissions", Kind::Lines).hint("One a line.").required(),
            Input::new("active", "Active", Kind::Check),
            Input::reason(),
        ],
        then: "/staff/roles/{id}",
        done: "The role is changed.",
        needs_recent_sign_in: true,
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
        inputs: &[Input::new("role", "Id of the role", Kind::Text).required(), Input::reason()],
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
            Input::new("permission", "Permission", Kind::Text)
                .hint("Such as report.read.")
                .required(),
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
];

/// What a user may do, and why.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn of_user(visit: &Visit) -> PageResult {
    let (subject, effective) =
        tokio::join!(visit.get(users::HEADER.api), visit.get("/v1/rbac/users/{id}/effective"));
    let (subject, effective) = (subject?, effective?);
    let list = |path: &str| at(&effective, path).as_array().cloned().unwrap_or_default();
    let may_assign = visit.person.may("role.assign");
    let body = html! {
        (frame::subject(visit, &users::HEADER, &subject))
        @if may_assign {
            div .actions {
                a .button href=(visit.fill("/staff/users/{id}/permissions/assign")) { "Assign a role" }
                a .button href=(visit.fill("/staff/users/{id}/permissions/set")) { "Grant or deny a permission" }
            }
        }
        h2 { "Roles" }
        ul .plain-list {
            @for role in list("roles") {
                li {
                    (values::text(&plain(at(&role, "name"))))
                    @if at(&role, "active") == false { " " (values::badge("inactive")) }
                    @if may_assign && at(&role, "built_in") == false {
                        " " a .danger href=(crate::web::visit::fill("/staff/users/{id}/permissions/roles/{role}/remove", |name| Some(if name == "role" { plain(at(&role, "id")) } else { visit.param(name).to_owned() }))) { "Take away" }
                    }
                }
            }
        }
        h2 { "Permissions, and why" }
        div .scroll { table {
            thead { tr { th scope="col" { "Permission" } th scope="col" { "Effective" } th scope="col" { "Because of" } } }
            tbody { @for permission in list("permissions") {
                tr {
                    td data-label="Permission" { code { (plain(at(&permission, "permission"))) } }
                    td data-label="Effective" { @if at(&permission, "effective") == true { span .badge.good { "Yes" } } @else { span .badge.bad { "Denied" } } }
                    td data-label="Because of" {
                        @for source in at(&permission, "sources").as_array().into_iter().flatten() {
                            span .tag {
                                (values::words(&plain(at(source, "kind"))))
                                @if !at(source, "name").is_null() { " " bdi { (plain(at(source, "name"))) } }
                                @if !at(source, "expires_at").is_null() { " until " (values::time(&plain(at(source, "expires_at")), &visit.zone)) }
                            } " "
                        }
                    }
                }
            } }
        } }
    };
    page(format!("Permissions · {}", plain(at(&subject, "displayName"))), body)
}

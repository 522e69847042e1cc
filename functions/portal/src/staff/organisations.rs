//! `/staff/organisations`: organisations, their members, servers and zones.

pub mod dns;
pub mod nodes;

use crate::model::{Action, Detail, Field, Header, Input, Kind, Link, List, Section, Tab};

/// The top of every page about an organisation.
pub(super) static HEADER: Header = Header {
    kind: "Organisation",
    parent: ("Search", "/staff/search"),
    api: "/api/organisations/{id}",
    name: &["name", "handle"],
    facts: &[
        Field::code("Handle", "handle"),
        Field::user("Owner", "ownerId", "/staff/users/{ownerId}"),
        Field::text("Plan", "portalTier"),
        Field::number("Members", "memberCount"),
        Field::code("Id", "id"),
    ],
    tabs: &[
        Tab { label: "Overview", page: "/staff/organisations/{id}", permission: "org.read" },
        Tab { label: "Members", page: "/staff/organisations/{id}/members", permission: "org.read" },
        Tab { label: "Servers", page: "/staff/organisations/{id}/servers", permission: "org.read" },
        Tab { label: "Nodes", page: "/staff/organisations/{id}/nodes", permission: "org.read" },
        Tab { label: "DNS", page: "/staff/organisations/{id}/zones", permission: "org.read" },
        Tab {
            label: "Activity",
            page: "/staff/organisations/{id}/activity",
            permission: "org.read",
        },
    ],
    actions: &[
        Link::new("Rename", "/staff/organisations/{id}/rename", "org.update"),
        Link::new("Change avatar", "/staff/organisations/{id}/avatar", "org.update"),
        Link::new("Invite", "/staff/organisations/{id}/invite", "org.update"),
        Link::new("Add a member", "/staff/organisations/{id}/add-member", "org.update"),
        Link::new("Delete", "/staff/organisations/{id}/delete", "org.delete").dangerous(),
    ],
};

/// An organisation.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/organisations/{id}",
    title: "Overview",
    api: "/api/organisations/{id}",
    permission: "org.read",
    header: Some(&HEADER),
    sections: &[Section {
        title: "Organisation",
        fields: &[
            Field::text("Name", "name"),
            Field::code("Handle", "handle"),
            Field::user("Owner", "ownerId", "/staff/users/{ownerId}"),
            Field::number("Members", "memberCount"),
            Field::number("Servers allowed", "maxServers"),
            Field::time("Created", "createdAt"),
        ],
    }],
    ..Detail::BLANK
}];

/// What belongs to an organisation.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/organisations/{id}/members",
        title: "Members",
        api: "/api/organisations/{id}/users",
        permission: "org.read",
        header: Some(&HEADER),
        columns: &[
            Field::text("Name", "name").link("/staff/users/{userId}"),
            Field::text("Email", "email"),
            Field::badge("Role", "role"),
            Field::time("Joined", "joinedAt"),
        ],
        row_actions: &[
            Link::new(
                "Change role",
                "/staff/organisations/{@id}/members/{userId}/role",
                "org.update",
            ),
            Link::new("Remove", "/staff/organisations/{@id}/members/{userId}/remove", "org.update")
                .when("role", &["admin", "member"]),
        ],
        ..List::BLANK
    },
    List {
        path: "/staff/organisations/{id}/servers",
        title: "Servers",
        api: "/api/organisations/{id}/servers",
        permission: "org.read",
        header: Some(&HEADER),
        columns: &[
            Field::text("Name", "name"),
            Field::code("Id", "id"),
            Field::code("Node", "nodeId"),
            Field::time("Created", "createdAt"),
        ],
        row_actions: &[Link::new(
            "Delete",
            "/staff/organisations/{@id}/servers/{id}/delete",
            "org.update",
        )
        .dangerous()],
        actions: &[Link::new(
            "Create a server",
            "/staff/organisations/{id}/servers/new",
            "org.update",
        )],
        empty: "This organisation has no servers.",
        ..List::BLANK
    },
    List {
        path: "/staff/organisations/{id}/nodes",
        title: "Nodes",
        api: "/api/organisations/{id}/nodes",
        permission: "org.read",
        header: Some(&HEADER),
        columns: &[
            Field::text("Name", "name"),
            Field::code("Host", "fqdn"),
            Field::code("Id", "id"),
        ],
        empty: "No nodes are assigned to this organisation.",
        ..List::BLANK
    },
    List {
        path: "/staff/organisations/{id}/activity",
        title: "Activity",
        api: "/api/organisations/{id}/activity",
        permission: "org.read",
        header: Some(&HEADER),
        columns: &[
            Field::time("Time", "at"),
            Field::text("Action", "action"),
            Field::code("By", "actor.id"),
            Field::new("Changes", "changes", crate::model::Shown::Json),
        ],
        ..List::BLANK
    },
];

const ROLE: Kind = Kind::Choice(&[("member", "Member"), ("admin", "Administrator")]);

/// What staff can do with an organisation.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/organisations/{id}/rename",
        title: "Rename this organisation",
        about: "Links with the old handle stop working.",
        button: "Save",
        method: "PUT",
        api: "/api/organisations/{id}",
        permission: "org.update",
        header: Some(&HEADER),
        current: Some("/api/organisations/{id}"),
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("handle", "Handle", Kind::Text).required(),
        ],
        then: "/staff/organisations/{id}",
        done: "The organisation is renamed.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/organisations/{id}/add-member",
        title: "Add a member",
        about: "The user is a member at once, without an invitation.",
        button: "Add",
        api: "/api/organisations/{id}/add-user",
        permission: "org.update",
        header: Some(&HEADER),
        inputs: &[
            Input::new("userId", "User id", Kind::Text).required(),
            Input::new(
                "role",
                "Role",
                Kind::Choice(&[("member", "Member"), ("admin", "Administrator")]),
            ),
            Input::reason(),
        ],
        then: "/staff/organisations/{id}/members",
        done: "The user is a member.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/organisations/{id}/members/{userId}/remove",
        title: "Remove this member",
        about: "The user loses access to the organisation at once.",
        button: "Remove the member",
        method: "DELETE",
        api: "/api/organisations/{id}/users/{userId}",
        permission: "org.update",
        header: Some(&HEADER),
        inputs: &[Input::reason()],
        then: "/staff/organisations/{id}/members",
        done: "The member is removed.",
        dangerous: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/organisations/{id}/delete",
        title: "Delete this organisation",
        about: "Its members, servers and zones are deleted with it. This cannot be undone.",
        button: "Delete the organisation",
        method: "DELETE",
        api: "/api/organisations/{id}",
        permission: "org.delete",
        header: Some(&HEADER),
        inputs: &[Input::reason()],
        then: "/staff",
        done: "The organisation is deleted.",
        dangerous: true,
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/organisations/{id}/avatar",
        title: "Change the avatar of the organisation",
        button: "Upload",
        api: "/api/organisations/{id}/avatar",
        permission: "org.update",
        header: Some(&HEADER),
        inputs: &[Input::new("file", "Image", Kind::File("image/png,image/jpeg"))
            .hint("PNG or JPEG, at most 4 MiB.")
            .required()],
        file: Some("file"),
        then: "/staff/organisations/{id}",
        done: "The avatar of the organisation is changed.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/organisations/{id}/invite",
        title: "Invite somebody",
        about: "They get an email with a link, and are a member when they accept.",
        button: "Invite",
        api: "/api/organisations/{id}/invite",
        permission: "org.update",
        header: Some(&HEADER),
        inputs: &[
            Input::new("email", "Email address", Kind::Email).required(),
            Input::new("role", "Role", ROLE),
            Input::reason(),
        ],
        then: "/staff/organisations/{id}/members",
        done: "The invitation is sent.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/organisations/{id}/members/{userId}/role",
        title: "Change the role of this member",
        about: "Ownership is offered: nothing changes until the member accepts, and then the previous owner becomes an administrator.",
        button: "Change the role",
        api: "/api/organisations/{id}/users/{userId}/role",
        permission: "org.update",
        header: Some(&HEADER),
        inputs: &[
            Input::new(
                "role",
                "Role",
                Kind::Choice(&[
                    ("member", "Member"),
                    ("admin", "Administrator"),
                    ("owner", "Owner"),
                ]),
            )
            .required(),
            Input::reason(),
        ],
        then: "/staff/organisations/{id}/members",
        done: "The role of the member is changed.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/organisations/{id}/servers/new",
        title: "Create a server",
        about: "Without a node, the platform chooses a shared one. The plan of the organisation limits how many servers there are.",
        button: "Create",
        api: "/api/organisations/{id}/servers",
        permission: "org.update",
        header: Some(&HEADER),
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("nodeId", "Id of the node", Kind::Text),
        ],
        then: "/staff/organisations/{id}/servers",
        done: "The server is created.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/organisations/{id}/servers/{serverId}/delete",
        title: "Delete this server",
        about: "This cannot be undone.",
        button: "Delete the server",
        method: "DELETE",
        api: "/api/organisations/{id}/servers/{serverId}",
        permission: "org.update",
        header: Some(&HEADER),
        then: "/staff/organisations/{id}/servers",
        done: "The server is deleted.",
        dangerous: true,
        ..Action::BLANK
    },
];

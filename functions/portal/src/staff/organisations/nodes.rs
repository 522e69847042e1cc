//! `/staff/nodes`: the nodes on which servers run.

use crate::model::{Action, Field, Input, Kind, Link, List};

/// The nodes.
pub const LISTS: &[List] = &[List {
    path: "/staff/nodes",
    title: "Nodes",
    about: "A node belongs to one organisation, or is shared.",
    api: "/api/nodes",
    permission: "node.read",
    columns: &[
        Field::text("Name", "name"),
        Field::code("Host", "fqdn"),
        Field::code("Id", "id"),
        Field::user("Organisation", "organisationId", "/staff/organisations/{organisationId}"),
        Field::number("Servers", "servers"),
        Field::text("Provider", "provider"),
        Field::time("Created", "createdAt"),
    ],
    row_actions: &[Link::new("Assign", "/staff/nodes/{id}/assign", "node.write")],
    actions: &[Link::new("Add a node", "/staff/nodes/new", "node.write")],
    empty: "There are no nodes yet.",
    ..List::BLANK
}];

/// Adding and assigning one.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/nodes/new",
        title: "Add a node",
        button: "Add",
        api: "/api/nodes",
        permission: "node.write",
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("fqdn", "Host", Kind::Text).required(),
            Input::new("defaultIp", "IP address", Kind::Text),
            Input::new("provider", "Provider", Kind::Text),
            Input::reason(),
        ],
        then: "/staff/nodes",
        done: "The node is added.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/nodes/{id}/assign",
        title: "Assign this node",
        about: "Only servers of the organisation are placed on it from then on.",
        button: "Assign",
        api: "/api/nodes/{id}/assign-org",
        permission: "node.write",
        inputs: &[
            Input::new("organisationId", "Id of the organisation", Kind::Text).required(),
            Input::reason(),
        ],
        then: "/staff/nodes",
        done: "The node is assigned.",
        ..Action::BLANK
    },
];

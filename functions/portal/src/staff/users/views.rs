//! `/staff/views`: saved filters of the list of users.

use crate::model::{Action, Field, Input, Kind, Link, List};

/// The views of a member of staff.
pub const LISTS: &[List] = &[List {
    path: "/staff/views",
    title: "Saved views",
    about: "Filters of the list of users that you have saved. Only you see them.",
    api: "/v1/views",
    permission: "user.list",
    columns: &[
        Field::text("Name", "name").link("/staff/users?{query}"),
        Field::code("Filters", "query"),
        Field::time("Saved", "created_at"),
    ],
    row_actions: &[Link::new("Delete", "/staff/views/{id}/delete", "user.list").dangerous()],
    empty: "Set filters in the list of users, then save the view.",
    ..List::BLANK
}];

/// Saving and deleting a view.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/views/new",
        title: "Save this view",
        button: "Save",
        api: "/v1/views",
        permission: "user.list",
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("query", "Filters", Kind::Text).required(),
        ],
        then: "/staff/views",
        done: "The view is saved.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/views/{id}/delete",
        title: "Delete this view",
        button: "Delete the view",
        method: "DELETE",
        api: "/v1/views/{id}",
        permission: "user.list",
        then: "/staff/views",
        done: "The view is deleted.",
        dangerous: true,
        ..Action::BLANK
    },
];

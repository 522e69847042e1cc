//! `/staff/views`: saved filters of the list of users.

use crate::model::{Action, Field, Input, Kind, Link, List};

/// The views of a member of staff, and those that others share.
pub const LISTS: &[List] = &[List {
    path: "/staff/views",
    title: "Saved views",
    about: "Filters of the list of users that you have saved, and those that other staff share. \
            Everybody sees only the users that their own permissions allow.",
    api: "/v1/views",
    permission: "user.list",
    columns: &[
        Field::text("Name", "name").link("/staff/users?{query}"),
        Field::code("Filters", "query"),
        Field::flag("Shared", "shared"),
        Field::text("Saved by", "owner_name"),
        Field::text("Cannot be used", "refusal"),
        Field::time("Saved", "created_at"),
    ],
    row_actions: &[
        Link::new("Rename", "/staff/views/{id}/rename", "user.list").when("is_own", &["true"]),
        Link::new("Share", "/staff/views/{id}/share", "user.list").when("shared", &["false"]),
        Link::new("Stop sharing", "/staff/views/{id}/unshare", "user.list")
            .when("shared", &["true"]),
        Link::new("Delete", "/staff/views/{id}/delete", "user.list").dangerous(),
    ],
    empty: "Set filters in the list of users, then save the view.",
    ..List::BLANK
}];

const ONE: Action = Action {
    method: "PATCH",
    api: "/v1/views/{id}",
    permission: "user.list",
    then: "/staff/views",
    ..Action::BLANK
};

/// Saving, changing and deleting a view.
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
            Input::new("shared", "Share with other staff", Kind::Check)
                .hint("Everybody sees only the users that their own permissions allow."),
        ],
        then: "/staff/views",
        done: "The view is saved.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/views/{id}/rename",
        title: "Rename this view",
        button: "Rename",
        inputs: &[Input::new("name", "Name", Kind::Text).required()],
        done: "The view is renamed.",
        ..ONE
    },
    Action {
        path: "/staff/views/{id}/share",
        title: "Share this view",
        about: "All staff who may list users see it. Everybody sees only the users that their own \
                permissions allow.",
        button: "Share",
        inputs: &[Input::new("shared", "Shared", Kind::Fixed("true"))],
        done: "The view is shared.",
        ..ONE
    },
    Action {
        path: "/staff/views/{id}/unshare",
        title: "Stop sharing this view",
        about: "Only the member of staff who saved it sees it then. For a view of somebody else \
                you need the permission settings.write.",
        button: "Stop sharing",
        inputs: &[Input::new("shared", "Shared", Kind::Fixed("false"))],
        done: "The view is no longer shared.",
        ..ONE
    },
    Action {
        path: "/staff/views/{id}/delete",
        title: "Delete this view",
        about: "For a view of somebody else you need the permission settings.write.",
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

//! `/staff/files`: flagged files.

use crate::model::{Action, Field, Filter, FilterKind, Input, Link, List};

/// The flagged files.
pub const LISTS: &[List] = &[List {
    path: "/staff/files",
    title: "Flagged files",
    about: "Nobody can open a file while it is flagged.",
    api: "/api/admin/files/flagged",
    permission: "content.flag",
    filters: &[Filter::new("reason", "Reason", FilterKind::Text)],
    columns: &[
        Field::text("Name", "name"),
        Field::text("Owner", "owner.name").link("/staff/users/{owner.id}"),
        Field::text("Reason", "reason"),
        Field::text("Notes", "notes"),
        Field::user("Flagged by", "flaggedBy.id", "/staff/users/{flaggedBy.id}"),
        Field::time("Flagged", "flaggedAt"),
    ],
    row_actions: &[
        Link::new("Unflag", "/staff/files/{id}/unflag", "content.flag"),
        Link::new("Remove", "/staff/files/{id}/remove", "content.remove").dangerous(),
    ],
    empty: "No files are flagged.",
    ..List::BLANK
}];

/// What staff can do with a flagged file.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/files/{id}/unflag",
        title: "Unflag this file",
        about: "The file can be opened again.",
        button: "Unflag",
        api: "/api/admin/files/{id}/unflag",
        permission: "content.flag",
        inputs: &[Input::reason()],
        then: "/staff/files",
        done: "The file is no longer flagged.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/files/{id}/remove",
        title: "Remove this file",
        about: "The file is deleted with all its versions. This cannot be undone.",
        button: "Remove the file",
        method: "DELETE",
        api: "/api/admin/content/{id}",
        permission: "content.remove",
        inputs: &[Input::reason()],
        then: "/staff/files",
        done: "The file is removed.",
        dangerous: true,
        ..Action::BLANK
    },
];

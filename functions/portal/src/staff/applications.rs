//! `/staff/applications`: applications of users, and appeals against bans.

use crate::model::{
    Action, Detail, Field, Filter, FilterKind, Input, Kind, Link, List, Section, Shown,
};

/// The applications.
pub const LISTS: &[List] = &[List {
    path: "/staff/applications",
    title: "Applications",
    api: "/api/admin/applications",
    permission: "application.read",
    filters: &[
        Filter::new(
            "status",
            "State",
            FilterKind::Choice(&["pending", "reviewing", "approved", "rejected"]),
        ),
        Filter::new("type", "Kind", FilterKind::Text),
    ],
    columns: &[
        Field::code("Application", "id").link("/staff/applications/{id}"),
        Field::badge("State", "status"),
        Field::text("Kind", "type"),
        Field::text("User", "user.name").link("/staff/users/{user.id}"),
        Field::number("Replies", "replies"),
        Field::time("Sent", "createdAt"),
    ],
    empty: "There are no applications.",
    ..List::BLANK
}];

/// An application.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/applications/{id}",
    title: "Application",
    parent: ("Applications", "/staff/applications"),
    api: "/api/admin/applications/{id}",
    permission: "application.read",
    sections: &[Section {
        title: "Application",
        fields: &[
            Field::badge("State", "status"),
            Field::text("Kind", "type"),
            Field::text("User", "user.name").link("/staff/users/{user.id}"),
            Field::text("Email", "user.email"),
            Field::new("Answers", "answers", Shown::Json),
            Field::new("Replies", "thread", Shown::Json),
            Field::new("Notes", "notes", Shown::Json),
            Field::time("Sent", "createdAt"),
            Field::time("Decided", "decidedAt"),
            Field::text("Outcome", "outcomeNote"),
        ],
    }],
    actions: &[Link::new("Decide", "/staff/applications/{id}/decide", "application.decide")
        .when("status", &["pending", "reviewing"])],
    ..Detail::BLANK
}];

/// Decisions.
pub const ACTIONS: &[Action] = &[Action {
    path: "/staff/applications/{id}/decide",
    title: "Decide on this application",
    about: "The user gets an email about the decision. An approved appeal lifts the ban.",
    button: "Save",
    method: "PATCH",
    api: "/api/admin/applications/{id}",
    permission: "application.decide",
    inputs: &[
        Input::new(
            "status",
            "State",
            Kind::Choice(&[
                ("reviewing", "Reviewing"),
                ("approved", "Approved"),
                ("rejected", "Rejected"),
            ]),
        ),
        Input::new("notes", "Notes", Kind::Area),
        Input { required: false, ..Input::reason() },
    ],
    then: "/staff/applications/{id}",
    done: "The application is changed.",
    ..Action::BLANK
}];

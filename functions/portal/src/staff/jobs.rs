//! `/staff/jobs`: work in the background that a member of staff started.

use crate::model::{Action, Detail, Field, Filter, FilterKind, Input, Link, List, Section, Shown};

/// The users of a bulk action.
pub const LISTS: &[List] = &[List {
    path: "/staff/jobs/{id}/users",
    title: "Users of the job",
    api: "/v1/jobs/{id}/items",
    filters: &[Filter::new(
        "outcome",
        "Outcome",
        FilterKind::Choice(&["done", "unchanged", "blocked", "failed"]),
    )],
    columns: &[
        Field::user("User", "user_id", "/staff/users/{user_id}"),
        Field::badge("Outcome", "outcome"),
        Field::text("Code", "code"),
        Field::time("Time", "at"),
    ],
    actions: &[Link::new("Back to the job", "/staff/jobs/{@id}", "")],
    empty: "No user has been processed yet.",
    ..List::BLANK
}];

/// A job.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/jobs/{id}",
    title: "Job",
    parent: ("Home", "/staff"),
    api: "/v1/jobs/{id}",
    sections: &[Section {
        title: "Job",
        fields: &[
            Field::badge("State", "status"),
            Field::text("Kind", "type"),
            Field::new("Progress", "progress.percent", Shown::Percent),
            Field::number("Processed", "progress.done"),
            Field::number("Of", "progress.total"),
            Field::number("Changed", "outcomes.done"),
            Field::number("As wanted already", "outcomes.unchanged"),
            Field::number("Protected by a rule", "outcomes.blocked"),
            Field::number("Failed", "outcomes.failed"),
            Field::time("Started", "created_at"),
            Field::time("Last progress", "updated_at"),
            Field::time("Can be undone until", "undo_until"),
            Field::code("Undone by", "undone_by").link("/staff/jobs/{undone_by}"),
        ],
    }],
    actions: &[
        Link::new("Users", "/staff/jobs/{id}/users", "").when("outcomes", &["+"]),
        Link::new("Cancel", "/staff/jobs/{id}/cancel", "")
            .when("status", &["queued", "running"])
            .dangerous(),
        Link::new("Undo", "/staff/jobs/{id}/undo", "").when("undo_until", &["+"]),
    ],
    live: Some(("status", &["queued", "running"])),
    ..Detail::BLANK
}];

/// What can be done with a job.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/jobs/{id}/cancel",
        title: "Cancel this job",
        about: "No further user is changed. Users who were changed stay changed, unless you undo the job.",
        button: "Cancel the job",
        api: "/v1/jobs/{id}/cancel",
        inputs: &[Input::reason()],
        then: "/staff/jobs/{id}",
        done: "The job is cancelled.",
        dangerous: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/jobs/{id}/undo",
        title: "Undo this job",
        about: "Every user is as before, unless others have changed the same since.",
        button: "Undo",
        api: "/v1/jobs/{id}/undo",
        inputs: &[Input::reason()],
        then: "/staff/jobs/{id}",
        done: "The job is being undone.",
        ..Action::BLANK
    },
];

//! `/staff/jobs`: work in the background that a member of staff started, and what waits for the
//! approval of another.

use crate::model::{Action, Detail, Field, Filter, FilterKind, Input, Link, List, Section, Shown};

/// The bulk actions that wait for an approval, and the users of one.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/jobs",
        title: "Approvals",
        about: "Large changes that other members of staff have started and that wait for a second person. You see those that you may decide about.",
        api: "/v1/jobs",
        permission: "user.update",
        columns: &[
            Field::text("Kind", "type").link("/staff/jobs/{id}"),
            Field::number("Users to change", "planned"),
            Field::number("Staff among them", "staff"),
            Field::text("Reason", "reason"),
            Field::user("Started by", "requested_by", "/staff/users/{requested_by}"),
            Field::time("Waits until", "approval.until"),
        ],
        empty: "Nothing waits for your approval.",
        ..List::BLANK
    },
    List {
        path: "/staff/jobs/{id}/users",
        title: "Users of the job",
        api: "/v1/jobs/{id}/items",
        filters: &[Filter::new(
            "outcome",
            "Outcome",
            FilterKind::Choice(&["planned", "done", "unchanged", "blocked", "failed"]),
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
    },
];

/// A job.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/jobs/{id}",
    title: "Job",
    parent: ("Approvals", "/staff/jobs"),
    api: "/v1/jobs/{id}",
    sections: &[
        Section {
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
        },
        Section {
            title: "Change",
            fields: &[
                Field::text("New status", "change.status"),
                Field::time("Until", "change.suspended_until"),
                Field::text("New role", "change.role"),
                Field::new("Assigned roles", "change.add_roles", Shown::List),
                Field::new("Removed roles", "change.remove_roles", Shown::List),
                Field::number("Days until the erasure", "change.grace_days"),
                Field::flag("Users are notified", "change.notify"),
                Field::number("Users to change", "planned"),
                Field::number("Staff among them", "staff"),
                Field::text("Reason", "reason"),
                Field::user("Started by", "requested_by", "/staff/users/{requested_by}"),
            ],
        },
        Section {
            title: "Approval by a second person",
            fields: &[
                Field::time("Waits for a second person until", "approval.until"),
                Field::flag("Approved", "approval.approved"),
                Field::user(
                    "Decided by",
                    "approval.decided_by",
                    "/staff/users/{approval.decided_by}",
                ),
                Field::time("Decided", "approval.decided_at"),
                Field::text("Reason of the decision", "approval.reason"),
            ],
        },
    ],
    actions: &[
        Link::new("Approve", "/staff/jobs/{id}/approve", "").when("approval.may_decide", &["true"]),
        Link::new("Reject", "/staff/jobs/{id}/reject", "")
            .when("approval.may_decide", &["true"])
            .dangerous(),
        Link::new("Users", "/staff/jobs/{id}/users", "").when("outcomes", &["+"]),
        Link::new("Cancel", "/staff/jobs/{id}/cancel", "")
            .when("status", &["awaiting_approval", "queued", "running"])
            .dangerous(),
        Link::new("Undo", "/staff/jobs/{id}/undo", "").when("undo_until", &["+"]),
    ],
    live: Some(("status", &["awaiting_approval", "queued", "running"])),
    ..Detail::BLANK
}];

/// What can be done with a job.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/jobs/{id}/approve",
        title: "Approve this job",
        about: "The users of the job are changed, in the name of the member of staff who started it. Look at the change and at the users first.",
        button: "Approve the job",
        api: "/v1/jobs/{id}/approve",
        inputs: &[Input::reason()],
        then: "/staff/jobs/{id}",
        done: "The job is approved and is being carried out.",
        dangerous: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/jobs/{id}/reject",
        title: "Reject this job",
        about: "Nobody is changed. The member of staff who started the job sees your decision and its reason.",
        button: "Reject the job",
        api: "/v1/jobs/{id}/reject",
        inputs: &[Input::reason()],
        then: "/staff/jobs/{id}",
        done: "The job is rejected.",
        ..Action::BLANK
    },
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

//! `/staff/verifications`: documents of users that prove who they are, or that they study.

pub mod review;

use crate::model::{Action, Detail, Field, Filter, FilterKind, Input, Link, List, Section, Shown};

/// The queue.
pub const LISTS: &[List] = &[List {
    path: "/staff/verifications",
    title: "Verifications",
    api: "/api/admin/verifications",
    permission: "verification.read",
    filters: &[
        Filter::new("status", "State", FilterKind::Choice(&["pending", "approved", "rejected"])),
        Filter::new("type", "Kind", FilterKind::Choice(&["identity", "student"])),
    ],
    columns: &[
        Field::code("Request", "id").link("/staff/verifications/{id}"),
        Field::badge("State", "status"),
        Field::text("Kind", "type"),
        Field::user("User", "userId", "/staff/users/{userId}"),
        Field::time("Sent", "createdAt"),
        Field::time("Decided", "decidedAt"),
    ],
    empty: "Nobody waits for a verification.",
    ..List::BLANK
}];

/// A request.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/verifications/{id}",
    title: "Verification",
    parent: ("Verifications", "/staff/verifications"),
    api: "/api/admin/verifications/{id}",
    permission: "verification.read",
    sections: &[Section {
        title: "Request",
        fields: &[
            Field::badge("State", "status"),
            Field::text("Kind", "type"),
            Field::user("User", "userId", "/staff/users/{userId}"),
            Field::text("Source", "source"),
            Field::text("GitHub", "githubLogin").link("{githubProfileUrl}"),
            Field::new("Images", "images", Shown::Json),
            Field::time("Sent", "createdAt"),
            Field::time("Decided", "decidedAt"),
            Field::code("Decided by", "decidedBy"),
            Field::text("Reason", "reason"),
        ],
    }],
    actions: &[
        Link::new("Approve", "/staff/verifications/{id}/approve", "verification.decide")
            .when("status", &["pending"]),
        Link::new("Reject", "/staff/verifications/{id}/reject", "verification.decide")
            .when("status", &["pending"])
            .dangerous(),
    ],
    ..Detail::BLANK
}];

/// Decisions.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/verifications/{id}/approve",
        title: "Approve this verification",
        about: "The user gets the tier and the limits of the verification, and an email.",
        button: "Approve",
        api: "/api/admin/verifications/{id}/approve",
        permission: "verification.decide",
        inputs: &[Input::reason()],
        then: "/staff/verifications/next",
        done: "The verification is approved.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/verifications/{id}/reject",
        title: "Reject this verification",
        about: "The user gets an email with the reason, and can try again.",
        button: "Reject",
        api: "/api/admin/verifications/{id}/reject",
        permission: "verification.decide",
        inputs: &[Input::reason()],
        then: "/staff/verifications/next",
        done: "The verification is rejected.",
        dangerous: true,
        ..Action::BLANK
    },
];

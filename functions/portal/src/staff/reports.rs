//! `/staff/reports`: reports about users and content.

use crate::model::{
    Action, Detail, Field, Filter, FilterKind, Input, Kind, Link, List, Section, Shown,
};

/// The reports.
pub const LISTS: &[List] = &[List {
    path: "/staff/reports",
    title: "Reports",
    api: "/api/admin/reports",
    permission: "report.read",
    filters: &[
        Filter::new(
            "status",
            "State",
            FilterKind::Choice(&["open", "investigating", "resolved", "dismissed"]),
        ),
        Filter::new("severity", "Severity", FilterKind::Choice(&["low", "medium", "high"])),
        Filter::new("category", "Category", FilterKind::Text),
        Filter::new("assignedTo", "Assigned to", FilterKind::Text),
    ],
    columns: &[
        Field::code("Report", "id").link("/staff/reports/{id}"),
        Field::badge("State", "status"),
        Field::badge("Severity", "severity"),
        Field::text("Category", "category"),
        Field::text("About", "reportedItem.name"),
        Field::text("Reason", "reason"),
        Field::time("Sent", "createdAt"),
    ],
    empty: "There are no reports.",
    ..List::BLANK
}];

/// A report.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/reports/{id}",
    title: "Report",
    parent: ("Reports", "/staff/reports"),
    api: "/api/admin/reports/{id}",
    permission: "report.read",
    sections: &[Section {
        title: "Report",
        fields: &[
            Field::badge("State", "status"),
            Field::badge("Severity", "severity"),
            Field::text("Category", "category"),
            Field::text("Reason", "reason"),
            Field::text("Description", "description"),
            Field::text("About", "reportedItem.name"),
            Field::text("Kind", "reportedItem.type"),
            Field::text("Owner", "reportedItem.owner.name")
                .link("/staff/users/{reportedItem.owner.id}"),
            Field::text("Reported by", "reportedBy.name").link("/staff/users/{reportedBy.id}"),
            Field::new("Evidence", "evidence", Shown::List),
            Field::user("Assigned to", "assignedTo", "/staff/users/{assignedTo}"),
            Field::text("Action", "action"),
            Field::text("Reason of the action", "actionReason"),
            Field::time("Sent", "createdAt"),
            Field::time("Closed", "closedAt"),
            Field::new("History", "history", Shown::Json),
        ],
    }],
    actions: &[Link::new("Decide", "/staff/reports/{id}/decide", "report.decide")
        .when("status", &["open", "investigating"])],
    ..Detail::BLANK
}];

/// Decisions.
pub const ACTIONS: &[Action] = &[Action {
    path: "/staff/reports/{id}/decide",
    title: "Decide on this report",
    about: "The action is carried out together with the decision. You need the permission for it.",
    button: "Save",
    method: "PATCH",
    api: "/api/admin/reports/{id}",
    permission: "report.decide",
    inputs: &[
        Input::new(
            "status",
            "State",
            Kind::Choice(&[
                ("investigating", "Investigating"),
                ("resolved", "Resolved"),
                ("dismissed", "Dismissed"),
            ]),
        ),
        Input::new(
            "severity",
            "Severity",
            Kind::Choice(&[("low", "Low"), ("medium", "Medium"), ("high", "High")]),
        ),
        Input::new(
            "action",
            "Action",
            Kind::Choice(&[
                ("user-warned", "Warn the user"),
                ("user-banned", "Ban the user"),
                ("content-removed", "Remove the content"),
            ]),
        ),
        Input::new("durationDays", "Days of the ban", Kind::Number)
            .hint("Empty for a ban without an end."),
        Input::new("assignedTo", "Assigned to", Kind::Text).hint("Id of a member of staff."),
        Input::new("notes", "Notes", Kind::Area),
        Input { required: false, ..Input::reason() },
    ],
    then: "/staff/reports/{id}",
    done: "The report is changed.",
    ..Action::BLANK
}];

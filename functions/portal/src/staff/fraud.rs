//! `/staff/fraud`: alerts of the fraud rules.

pub mod dismiss;
pub mod review;

use crate::model::{
    Action, Detail, Field, Filter, FilterKind, Input, Kind, Link, List, Section, Shown,
};

const STATES: &[&str] = &["open", "investigating", "escalated", "dismissed", "confirmed"];

/// The alerts.
pub const LISTS: &[List] = &[List {
    path: "/staff/fraud",
    title: "Fraud alerts",
    api: "/api/admin/fraud-alerts",
    permission: "fraud.read",
    filters: &[
        Filter::new("status", "State", FilterKind::Choice(STATES)),
        Filter::new("rule", "Rule", FilterKind::Text),
        Filter::new("userId", "User id", FilterKind::Text),
        Filter::new("assignedTo", "Assigned to", FilterKind::Text),
    ],
    columns: &[
        Field::code("Alert", "id").link("/staff/fraud/{id}"),
        Field::badge("State", "status"),
        Field::number("Score", "score"),
        Field::text("Reason", "reason"),
        Field::user("User", "userId", "/staff/users/{userId}"),
        Field::time("Raised", "createdAt"),
    ],
    actions: &[
        Link::new("Check all users", "/staff/fraud/scan", "fraud.scan"),
        Link::new("Dismiss several", "/staff/fraud/dismiss", "fraud.act"),
        Link::new("Dismiss all of a kind", "/staff/fraud/dismiss-many", "fraud.act"),
    ],
    empty: "There are no alerts.",
    ..List::BLANK
}];

/// An alert.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/fraud/{id}",
    title: "Fraud alert",
    parent: ("Fraud alerts", "/staff/fraud"),
    api: "/api/admin/fraud-alerts/{id}",
    permission: "fraud.read",
    sections: &[Section {
        title: "Alert",
        fields: &[
            Field::badge("State", "status"),
            Field::number("Score", "score"),
            Field::text("Reason", "reason"),
            Field::user("User", "userId", "/staff/users/{userId}"),
            Field::code("Address", "sourceIp"),
            Field::user("Assigned to", "assignedTo", "/staff/users/{assignedTo}"),
            Field::number("Version of the rules", "ruleSet"),
            Field::time("Raised", "createdAt"),
            Field::time("Changed", "updatedAt"),
            Field::new("Signals", "signals", Shown::Json),
            Field::new("History", "history", Shown::Json),
        ],
    }],
    actions: &[Link::new("Decide", "/staff/fraud/{id}/decide", "fraud.act")
        .when("status", &["open", "investigating", "escalated"])],
    ..Detail::BLANK
}];

/// What staff can do with alerts.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/fraud/{id}/decide",
        title: "Decide on this alert",
        about: "Each step is kept in the history of the alert. It does not change the account.",
        button: "Save",
        method: "PATCH",
        api: "/api/admin/fraud-alerts/{id}",
        permission: "fraud.act",
        inputs: &[
            Input::new(
                "status",
                "State",
                Kind::Choice(&[
                    ("investigating", "Investigating"),
                    ("escalated", "Escalated"),
                    ("dismissed", "Dismissed: no fraud"),
                    ("confirmed", "Confirmed: fraud"),
                ]),
            ),
            Input::new("assignedTo", "Assigned to", Kind::Text).hint("Id of a member of staff."),
            Input::new("note", "Note", Kind::Area),
        ],
        then: "/staff/fraud/{id}",
        done: "The alert is changed.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/fraud/scan",
        title: "Check all users for fraud",
        about: "The rules are applied to every user in the background.",
        button: "Start",
        api: "/api/admin/fraud-scan-all",
        permission: "fraud.scan",
        inputs: &[
            Input::new("dryRun", "Only count, raise no alerts", Kind::Check),
            Input::new("rules", "Rules to try", Kind::Json)
                .hint("Only together with the choice above. Empty for the current rules."),
            Input::reason(),
        ],
        then: "/staff/jobs/{jobId}",
        done: "The check has begun.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/fraud/dismiss",
        title: "Dismiss several alerts",
        about: "The alerts stay in the list as dismissed.",
        button: "Dismiss",
        api: "/api/admin/fraud-alerts/dismiss",
        permission: "fraud.act",
        inputs: &[
            Input::new("ids", "Alerts", Kind::Lines).hint("One id a line.").required(),
            Input::reason(),
        ],
        then: "/staff/fraud",
        done: "The alerts are dismissed.",
        dangerous: true,
        ..Action::BLANK
    },
];

//! `/staff/audit`: the audit log.

use crate::model::{
    Action, Detail, Field, Filter, FilterKind, Input, Kind, Link, List, Section, Shown,
};

/// The columns of entries.
pub const COLUMNS: &[Field] = &[
    Field::time("Time", "at"),
    Field::text("Action", "action"),
    Field::flag("Done", "success"),
    Field::text("By", "actorName").link("/staff/audit?admin={actor.id}"),
    Field::code("About", "target").link("/staff/audit?target={target}"),
    Field::text("Reason", "reason"),
    Field::new("Changes", "changes", Shown::Json),
    Field::code("Address", "ip"),
];

/// The log.
pub const LISTS: &[List] = &[List {
    path: "/staff/audit",
    title: "Audit log",
    about: "Every action of staff and every refusal, with who, when, why and what changed.",
    api: "/api/admin/audit/logs",
    permission: "audit.read",
    filters: &[
        Filter::new("action", "Action", FilterKind::Text),
        Filter::new("admin", "By", FilterKind::Text),
        Filter::new("target", "About", FilterKind::Text),
        Filter::new("resourceType", "Kind", FilterKind::Text),
        Filter::new("search", "Text", FilterKind::Text),
        Filter::new("success", "Done", FilterKind::Flag),
        Filter::new("from", "From", FilterKind::Date),
        Filter::new("to", "Until", FilterKind::Date),
    ],
    columns: COLUMNS,
    row_actions: &[Link::new("Proof", "/staff/audit/{id}/proof", "audit.read")],
    actions: &[Link::new("Export these entries", "/staff/audit/export?filter.*", "audit.read")],
    empty: "The log has no entries yet.",
    ..List::BLANK
}];

/// The proof that an entry is in the log.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/audit/{id}/proof",
    title: "Proof of an entry",
    parent: ("Audit log", "/staff/audit"),
    api: "/api/admin/audit/logs/{id}/proof",
    permission: "audit.read",
    sections: &[Section {
        title: "Save the answer of the route, and verify it with: provost audit verify",
        fields: &[
            Field::code("Entry", "id"),
            Field::code("Hash of the entry", "leafHash"),
            Field::number("Place in the log", "leafIndex"),
            Field::number("Entries in the log", "treeSize"),
            Field::new("Hashes beside the way", "hashes", Shown::List),
            Field::new("Signed checkpoint", "checkpoint", Shown::Json),
        ],
    }],
    ..Detail::BLANK
}];

/// Exporting a selection.
pub const ACTIONS: &[Action] = &[Action {
    path: "/staff/audit/export",
    title: "Export entries of the audit log",
    about: "An encrypted archive with all entries that match is made in the background. It will be among your own exports.",
    button: "Start the export",
    api: "/api/admin/audit/exports",
    permission: "audit.read",
    inputs: &[
        Input::new("filter.action", "Action", Kind::Text),
        Input::new("filter.admin", "By", Kind::Text),
        Input::new("filter.target", "About", Kind::Text),
        Input::new("filter.resourceType", "Kind", Kind::Text),
        Input::new("filter.search", "Text", Kind::Text),
        Input::new("filter.from", "From", Kind::Date),
        Input::new("filter.to", "Until", Kind::Date),
        Input::new("format", "Format", Kind::Choice(&[("csv", "CSV"), ("ndjson", "NDJSON")])),
        Input::new("recipients", "Public keys (age)", Kind::Lines)
            .hint("One a line, beginning with age1. Leave it empty to get a new key."),
        Input::reason(),
    ],
    then: "/account/exports",
    done: "The export has begun.",
    shown_once: &[
        Field::code("Export", "id").link("/account/exports"),
        Field::code("Secret key, which opens the archive", "identity"),
    ],
    ..Action::BLANK
}];

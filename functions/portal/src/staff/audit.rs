//! `/staff/audit`: the audit log.

use crate::model::{Field, Filter, FilterKind, List, Shown};

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
    empty: "The log has no entries yet.",
    ..List::BLANK
}];

//! Audit log entries in files: the columns of a table, and lines of JSON.

use provost_domain::audit::Record;

use crate::{casing::SnakeView, csv::Table};

/// The columns of a table of entries.
pub const COLUMNS: [&str; 18] = [
    "id",
    "at",
    "action",
    "actorType",
    "actorId",
    "actorName",
    "impersonating",
    "resourceType",
    "resourceId",
    "target",
    "success",
    "reason",
    "changes",
    "count",
    "ip",
    "userAgent",
    "requestId",
    "route",
];

/// A table with a line for each entry, with or without the line of column names.
pub fn csv(entries: &[Record], is_first: bool) -> String {
    let mut table = if is_first { Table::new(&COLUMNS) } else { Table::continued() };
    for entry in entries {
        table.row(&cells(entry));
    }
    table.finish()
}

/// A JSON object for each entry, one per line.
pub fn ndjson(entries: &[Record]) -> String {
    let mut text = String::new();
    for entry in entries {
        text.push_str(&serde_json::to_string(entry).unwrap_or_default());
        text.push('\n');
    }
    text
}

fn cells(entry: &Record) -> [String; COLUMNS.len()] {
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let changes = if entry.changes.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&entry.changes).unwrap_or_default()
    };
    [
        entry.id.to_string(),
        entry.at.to_string(),
        entry.action.clone(),
        entry.actor.kind.clone(),
        or_empty(&entry.actor.id),
        entry.actor_name.clone(),
        or_empty(&entry.actor.impersonating),
        entry.resource.kind.clone(),
        entry.resource.id.clone(),
        or_empty(&entry.target),
        entry.success.to_string(),
        or_empty(&entry.reason),
        changes,
        entry.count.map(|count| count.to_string()).unwrap_or_default(),
        or_empty(&entry.ip),
        or_empty(&entry.user_agent),
        entry.request_id.clone(),
        entry.route.clone(),
    ]
}

impl SnakeView for Record {
    const SCHEMA: &'static str = "UserAuditEntry";
    const DESCRIPTION: Option<&'static str> = Some("An entry of the audit log about a user.");
}

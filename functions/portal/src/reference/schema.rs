//! Schemas of the API description as tables.

use crate::ui::texts::say;
use maud::{Markup, html};
use serde_json::Value;

use crate::model::field::plain;

/// Fields below this depth are left out; the description for programs has them.
const MAX_DEPTH: usize = 3;

/// A part of the description that may be a reference to another.
pub fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    let mut part = part;
    // A reference may lead to another; the description has no circles of references alone.
    for _ in 0..8 {
        let Some(reference) = part["$ref"].as_str() else { break };
        part = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
    }
    part
}

/// A row of a table of fields.
struct Row {
    name: String,
    kind: String,
    required: bool,
    description: String,
}

/// The parameters of an operation.
pub fn parameters(document: &Value, parameters: &[Value]) -> Markup {
    let rows = parameters.iter().map(|parameter| Row {
        name: plain(&parameter["name"]),
        kind: format!(
            "{}, in the {}",
            kind(document, &parameter["schema"]),
            plain(&parameter["in"])
        ),
        required: parameter["required"] == true,
        description: described(document, parameter, &parameter["schema"]),
    });
    table(&rows.collect::<Vec<_>>())
}

/// The fields of an object, and of the objects in it.
pub fn fields(document: &Value, schema: &Value) -> Markup {
    let mut rows = Vec::new();
    collect(document, schema, "", 0, &mut rows);
    if rows.is_empty() {
        html! {}
    } else {
        table(&rows)
    }
}

fn collect(document: &Value, schema: &Value, prefix: &str, depth: usize, rows: &mut Vec<Row>) {
    let schema = inner(document, schema);
    if schema["items"].is_object() {
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}[]") };
        return collect(document, &schema["items"], &prefix, depth, rows);
    }
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        rows.push(Row {
            name: path.clone(),
            kind: kind(document, field),
            required: required.contains(&name.as_str()),
            description: described(document, field, field),
        });
        if depth + 1 < MAX_DEPTH {
            collect(document, field, &path, depth + 1, rows);
        }
    }
}

/// The schema of a value that may also be null.
fn inner<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = resolved(document, schema);
    let options = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    let present = options.and_then(|all| all.iter().find(|option| option["type"] != "null"));
    present.map_or(schema, |option| resolved(document, option))
}

fn kind(document: &Value, schema: &Value) -> String {
    let whole = resolved(document, schema);
    let schema = inner(document, whole);
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            names.iter().map(plain).find(|name| name != "null").unwrap_or_default()
        }
        _ => "any".to_owned(),
    };
    let may_be_null = whole["anyOf"]
        .as_array()
        .is_some_and(|all| all.iter().any(|option| option["type"] == "null"))
        || schema["type"].as_array().is_some_and(|all| all.iter().any(|name| name == "null"));
    let name = if name == "array" {
        format!("list of {}", kind(document, &schema["items"]))
    } else {
        name
    };
    if may_be_null { format!("{name} or null") } else { name }
}

/// The description of a field, and the values that it may have.
fn described(document: &Value, field: &Value, schema: &Value) -> String {
    let schema = inner(document, schema);
    let mut text = plain(&field["description"]);
    if text.is_empty() {
        text = plain(&schema["description"]);
    }
    let values: Vec<String> = schema["enum"].as_array().into_iter().flatten().map(plain).collect();
    if !values.is_empty() && !text.contains('`') {
        text = format!("{text} One of: {}.", values.join(", "));
    }
    text
}

fn table(rows: &[Row]) -> Markup {
    html! {
        div .scroll { table {
            thead { tr { @for label in ["Name", "Type", "Meaning"] { th scope="col" { (say(label)) } } } }
            tbody { @for row in rows { tr {
                td data-label=(say("Name")) { code { (row.name) } @if row.required { " " span .tag { (say("required")) } } }
                td data-label=(say("Type")) { (row.kind) }
                td data-label=(say("Meaning")) { (row.description) }
            } } }
        } }
    }
}

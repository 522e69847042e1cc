//! A file of users: a table for spreadsheets, or one JSON object per line.

use provost_domain::{ApiError, consistency::ConsistencyToken, export::ListFormat};
use provost_search::query::{
    ListQuery,
    csv::{CellValue, Manifest, Writer, choose},
};
use provost_store::profiles::UserInFull;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use crate::columns::{Reader, Row, Value, hidden_columns};

/// An export that a worker writes: stored as JSON, encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserExport {
    /// The query string of the request.
    pub query: String,
    /// The changes that the file must contain, as `X-Consistency-Token` names them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
}

/// How a file is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The format.
    pub format: ListFormat,
    /// The columns.
    pub columns: Vec<&'static str>,
    /// Whether a table begins with a byte order mark.
    pub bom: bool,
    /// Whether cells that a spreadsheet would take for a formula are guarded.
    pub guard: bool,
}

impl Layout {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` with the name of the parameter.
    pub fn read(list: &ListQuery) -> Result<Self, ApiError> {
        let format = match one(list, "format", &["csv", "ndjson"])? {
            Some("ndjson") => ListFormat::Ndjson,
            _ => ListFormat::Csv,
        };
        let bom = one(list, "bom", &["true", "false"])?;
        let escape = one(list, "csv_escape", &["owasp", "none"])?;
        if format == ListFormat::Ndjson
            && let Some(name) =
                ["bom", "csv_escape"].into_iter().find(|name| list.extras.contains_key(*name))
        {
            let sentence = format!("Only a table has `{name}`. Omit it, or use format=csv.");
            return Err(ApiError::field(name, "contradiction", sentence));
        }
        Ok(Self {
            format,
            columns: choose(&names(list, "columns").unwrap_or_default())?,
            bom: bom == Some("true"),
            guard: escape != Some("none"),
        })
    }

    /// The name of the file.
    pub const fn name(&self) -> &'static str {
        match self.format {
            ListFormat::Csv => "users.csv",
            ListFormat::Ndjson | ListFormat::Unknown(_) => "users.ndjson",
        }
    }
}

/// The names in a list of them, none without the parameter. No name has a comma, so an encoded one
/// separates them too, as many clients send it.
pub fn names(list: &ListQuery, parameter: &str) -> Option<Vec<String>> {
    let given = list.extras.get(parameter)?;
    let names = given.iter().flat_map(|value| value.split(',')).map(|name| name.trim().to_owned());
    Some(names.collect())
}

/// The only value of a parameter, which must be one of some words.
fn one<'a>(
    list: &'a ListQuery,
    name: &'static str,
    allowed: &[&'static str],
) -> Result<Option<&'a str>, ApiError> {
    match list.extras.get(name).map(Vec::as_slice) {
        None => Ok(None),
        Some([value]) if allowed.contains(&value.as_str()) => Ok(Some(value)),
        Some(_) => {
            let sentence =
                format!("This is not a value of `{name}`. Use {}.", allowed.join(" or "));
            let mut error = ApiError::field(name, "unknown_value", sentence);
            for field in &mut error.fields {
                field.allowed = allowed.iter().map(|word| (*word).to_owned()).collect();
            }
            Err(error)
        }
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct UserFile {
    layout: Layout,
    reader: Reader,
    hidden: Vec<&'static str>,
    table: Option<Writer>,
    lines: Vec<u8>,
    rows: u64,
}

impl UserFile {
    /// A file without users.
    pub fn new(layout: Layout, reader: Reader) -> Self {
        let table = (layout.format == ListFormat::Csv)
            .then(|| Writer::new(&layout.columns, layout.bom, layout.guard));
        let hidden = hidden_columns(&layout.columns, &reader.held);
        Self { layout, reader, hidden, table, lines: Vec::new(), rows: 0 }
    }

    /// The columns that stay empty, because the requester may not see them.
    pub fn hidden(&self) -> &[&'static str] {
        &self.hidden
    }

    /// Number of users so far.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// What a spreadsheet would cut; none for lines of JSON.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.table.as_ref().map(Writer::manifest)
    }

    /// Adds a user.
    pub fn add(&mut self, found: &UserInFull) {
        self.rows += 1;
        let row = Row::new(found, &self.reader);
        let values: Vec<Value> =
            self.layout.columns.iter().map(|column| row.value(column)).collect();
        match &mut self.table {
            Some(table) => {
                let texts: Vec<String> = values.iter().map(text).collect();
                let cells: Vec<CellValue<'_>> = values
                    .iter()
                    .zip(&texts)
                    .map(|(value, text)| match value {
                        Value::List(values) => CellValue::List(values),
                        _ => CellValue::Text(text),
                    })
                    .collect();
                // There is a cell for each column.
                let written = table.row(&cells);
                debug_assert!(written.is_ok(), "{written:?}");
            }
            None => {
                let line =
                    Line { columns: &self.layout.columns, values: &values, hidden: &self.hidden };
                let written = serde_json::to_writer(&mut self.lines, &line);
                debug_assert!(written.is_ok(), "{written:?}");
                self.lines.push(b'\n');
            }
        }
    }

    /// Takes what was written since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        match &mut self.table {
            Some(table) => table.take(),
            None => std::mem::take(&mut self.lines),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Empty | Value::List(_) => String::new(),
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    }
}

/// A user as a JSON object: the columns in their order, without those that the requester may not
/// see, which `redacted` names.
struct Line<'a> {
    columns: &'a [&'static str],
    values: &'a [Value],
    hidden: &'a [&'static str],
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, value) in self.columns.iter().zip(self.values) {
            if !self.hidden.contains(column) {
                map.serialize_entry(column, value)?;
            }
        }
        if !self.hidden.is_empty() {
            map.serialize_entry("redacted", self.hidden)?;
        }
        map.end()
    }
}

impl UserExport {
    /// The parameters of its query string besides those of the list.
    pub const PARAMETERS: [&'static str; 6] =
        ["format", "columns", "bom", "csv_escape", "async", "recipients"];

    /// The consistency token.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` if it is not one.
    pub fn consistency(&self) -> Result<ConsistencyToken, ApiError> {
        if self.token.is_empty() { Ok(ConsistencyToken::default()) } else { self.token.parse() }
    }
}

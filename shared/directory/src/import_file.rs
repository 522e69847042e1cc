//! A file of users to import: a table, or one JSON object per line. Both have the same columns.

mod lines;
mod row;

use std::collections::HashMap;

use provost_domain::{
    ApiError,
    import_row::{ImportRow, RowProblem},
};
use provost_search::query::csv::{
    Cell, Column, ColumnKind, EXPORT_COLUMNS, Encoding, Options, Reader, RenamedHeader, Sample,
};
use serde_json::{Map, Value};

use row::read_row;

/// The columns that an import knows, with what their cells hold.
pub const IMPORT_COLUMNS: &[(&str, ColumnKind)] = &[
    ("email", ColumnKind::Text),
    ("name", ColumnKind::Text),
    ("first_name", ColumnKind::Text),
    ("last_name", ColumnKind::Text),
    ("email_verified", ColumnKind::Text),
    ("phone", ColumnKind::Digits),
    ("phone_verified", ColumnKind::Text),
    ("username", ColumnKind::Text),
    ("unique_id", ColumnKind::Digits),
    ("external_id", ColumnKind::Digits),
    ("status", ColumnKind::Text),
    ("is_instructor", ColumnKind::Text),
    ("is_learner", ColumnKind::Text),
    ("password_hash", ColumnKind::Text),
    ("date_of_birth", ColumnKind::Date),
    ("gender", ColumnKind::Text),
    ("country", ColumnKind::Text),
    ("state", ColumnKind::Text),
    ("city", ColumnKind::Text),
    ("address", ColumnKind::Text),
    ("timezone", ColumnKind::Text),
    ("locale", ColumnKind::Text),
    ("designation", ColumnKind::Text),
    ("expertise", ColumnKind::List),
    ("bio", ColumnKind::Text),
    ("professional_summary", ColumnKind::Text),
    ("linkedin", ColumnKind::Text),
    ("twitter", ColumnKind::Text),
    ("facebook", ColumnKind::Text),
    ("instagram", ColumnKind::Text),
    ("youtube", ColumnKind::Text),
    ("website", ColumnKind::Text),
];

/// The columns of an export that an import leaves out: they are computed, or decided elsewhere.
fn is_ignored(column: &str) -> bool {
    EXPORT_COLUMNS.contains(&column) && !IMPORT_COLUMNS.iter().any(|(name, _)| *name == column)
}

/// How a file is written.
#[derive(Debug, Clone)]
pub enum ImportFormat {
    /// A table, with how it is read.
    Csv(Options),
    /// One JSON object per line, at most so many.
    Ndjson {
        /// Maximum number of lines.
        max_rows: u64,
    },
}

/// A file that was read.
#[derive(Debug, Default)]
pub struct ImportFile {
    /// Number of rows, also of those with problems.
    pub count: u64,
    /// Rows whose values are valid on their own, and of which no earlier one has the same contact.
    pub rows: Vec<ImportRow>,
    /// What is wrong with the others.
    pub problems: Vec<RowProblem>,
    /// The encoding; none for lines of JSON.
    pub encoding: Option<Encoding>,
    /// A text with letters beyond ASCII, if the encoding was guessed.
    pub sample: Option<Sample>,
    /// Columns that the file spells differently.
    pub renamed: Vec<RenamedHeader>,
    /// Columns that are not imported.
    pub ignored: Vec<String>,
}

impl ImportFile {
    /// Reads a file.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` when the file cannot be read on, with line, byte or column.
    pub fn read(bytes: &[u8], format: ImportFormat) -> Result<Self, ApiError> {
        let mut file = Self::default();
        match format {
            ImportFormat::Csv(options) => file.table(bytes, options)?,
            ImportFormat::Ndjson { max_rows } => lines::read(&mut file, bytes, max_rows)?,
        }
        file.name_repetitions();
        Ok(file)
    }

    fn table(&mut self, bytes: &[u8], options: Options) -> Result<(), ApiError> {
        let known = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
            required: name == "email",
            unique: false,
        };
        let columns = IMPORT_COLUMNS.iter().map(|(name, kind)| known(name, *kind));
        let ignored = EXPORT_COLUMNS.iter().filter(|name| is_ignored(name));
        let columns = columns.chain(ignored.map(|name| known(name, ColumnKind::Text))).collect();
        let mut reader = Reader::new(columns, options);
        let mut rows = reader.push(bytes)?;
        rows.extend(reader.finish()?);
        for row in rows {
            self.count += 1;
            match row {
                Err(error) => self.problems.extend(error.0.into_iter().map(|problem| RowProblem {
                    line: problem.line,
                    column: problem.column,
                    code: problem.code,
                    message: problem.message,
                    user_id: None,
                })),
                Ok(row) => {
                    let values = row.cells.into_iter().map(|(name, cell)| (name, value(cell)));
                    self.add(row.line, values.collect());
                }
            }
        }
        self.encoding = Some(reader.encoding());
        self.sample = reader.sample().cloned();
        if let Some(header) = reader.header() {
            self.renamed = header.renamed.clone();
            self.ignored = header.columns.iter().filter(|name| is_ignored(name)).cloned().collect();
        }
        Ok(())
    }

    /// Adds a row by the values of its columns.
    fn add(&mut self, line: u64, mut values: Map<String, Value>) {
        values.retain(|name, _| !is_ignored(name));
        match read_row(line, &values) {
            Ok(row) => self.rows.push(row),
            Err(problems) => self.problems.extend(problems),
        }
    }

    /// Refuses rows with a contact that an earlier one has.
    fn name_repetitions(&mut self) {
        let mut seen: HashMap<(&'static str, String), u64> = HashMap::new();
        let problems = &mut self.problems;
        self.rows.retain(|row| {
            let values = [
                ("email", Some(row.email.to_string())),
                ("phone", row.phone.as_ref().map(ToString::to_string)),
                ("username", row.username.as_ref().map(ToString::to_string)),
                ("unique_id", row.unique_id.as_deref().map(provost_domain::unique_id::key)),
                ("external_id", row.external_id.clone()),
            ];
            let keys: Vec<_> =
                values.into_iter().filter_map(|(column, value)| Some((column, value?))).collect();
            let repeated = keys.iter().find_map(|key| Some((key.0, *seen.get(key)?)));
            if let Some((column, first)) = repeated {
                let message = format!(
                    "Line {first} has the same {}. Remove one of the two rows.",
                    column.replace('_', " ")
                );
                problems.push(RowProblem::new(row.line, column, "repeated_value", message));
                return false;
            }
            seen.extend(keys.into_iter().map(|key| (key, row.line)));
            true
        });
        problems.sort_by_key(|problem| problem.line);
    }
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::String(text),
        Cell::Date(date) => Value::String(date.to_string()),
        Cell::List(values) => values.into(),
    }
}

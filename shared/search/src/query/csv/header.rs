//! The header of a file, whose names are matched with the columns that an import knows.

use serde::Serialize;

use super::{
    problem::{FileError, Problem},
    records::Record,
};
use crate::query::errors;

/// A column that an import knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// What its cells hold.
    pub kind: ColumnKind,
    /// Whether the file must have it.
    pub required: bool,
    /// Whether no two rows may have the same value. Case and blanks around it do not matter.
    pub unique: bool,
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A text.
    Text,
    /// A text that often has only digits, such as a phone number, which a spreadsheet may have
    /// rounded.
    Digits,
    /// A date.
    Date,
    /// A list of texts, as an export joins it.
    List,
}

/// The header of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    /// The line of the file.
    pub line: u64,
    /// The columns of the file, by the names that the import knows.
    pub columns: Vec<String>,
    /// The names that are spelt differently in the file.
    pub renamed: Vec<RenamedHeader>,
}

/// A name in the header that was understood in another spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenamedHeader {
    /// The name in the file.
    pub found: String,
    /// The column.
    pub column: String,
}

/// The form in which names of columns are compared: letters in lower case, without blanks around
/// it, and without what separates words.
fn plain(name: &str) -> String {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .to_lowercase()
        .replace(['_', ' ', '-'], "")
}

/// The place of the column with this name.
pub(super) fn position(name: &str, known: &[Column]) -> Option<usize> {
    let wanted = plain(name);
    known.iter().position(|column| plain(&column.name) == wanted)
}

impl Header {
    /// Matches a header with the known columns, and returns it with the place of each among them.
    pub(super) fn read(record: &Record, known: &[Column]) -> Result<(Self, Vec<usize>), FileError> {
        let Record { line, cells } = record;
        let (mut problems, mut places, mut renamed) = (Vec::new(), Vec::new(), Vec::new());
        for (at, name) in cells.iter().enumerate() {
            if plain(name).is_empty() {
                let sentence = format!("Column {} has no name. Name it or remove it.", at + 1);
                problems.push(Problem::new(*line, "unnamed_column", sentence));
                continue;
            }
            let Some(place) = position(name, known) else {
                problems.push(unknown(*line, name, known));
                continue;
            };
            let column = &known[place].name;
            if places.contains(&place) {
                let sentence = format!("The column {column} is in the header twice. Remove one.");
                problems.push(Problem::new(*line, "repeated_column", sentence).in_column(name));
                continue;
            }
            if name != column {
                renamed.push(RenamedHeader { found: name.clone(), column: column.clone() });
            }
            places.push(place);
        }
        for (at, column) in known.iter().enumerate() {
            if column.required && !places.contains(&at) {
                let sentence = format!("The column {} is missing. Add it.", column.name);
                let problem = Problem::new(*line, "missing_column", sentence);
                problems.push(problem.in_column(&column.name));
            }
        }
        if !problems.is_empty() {
            return Err(FileError(problems));
        }
        let columns = places.iter().map(|at| known[*at].name.clone()).collect();
        Ok((Self { line: *line, columns, renamed }, places))
    }
}

fn unknown(line: u64, name: &str, known: &[Column]) -> Problem {
    let shown: String = name.trim().chars().take(64).collect();
    let nearest = errors::nearest(&shown, known.iter().map(|column| column.name.as_str()));
    let sentence = match nearest {
        Some(nearest) => format!("This column is unknown. Did you mean {nearest}?"),
        None => "This column is unknown. Remove it, or give it the name of a column.".to_owned(),
    };
    Problem::new(line, "unknown_column", sentence).in_column(&shown)
}

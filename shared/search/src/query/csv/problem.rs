//! What is wrong with a file or a row of it, by line and column.

use std::fmt;

use provost_domain::{ApiError, refusal::FieldError};
use serde::Serialize;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line of the file, from 1. A row with line breaks in its cells counts by its first line.
    pub line: u64,
    /// The byte of the file, from 1, if one byte is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
    /// The column, by the name in the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// The file cannot be read on: nothing of it may be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", first(.0))]
pub struct FileError(pub Vec<Problem>);

/// A row is not valid. Later rows can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", first(.0))]
pub struct RowError(pub Vec<Problem>);

fn first(problems: &[Problem]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

impl Problem {
    pub(super) fn new(line: u64, code: &'static str, message: impl Into<String>) -> Self {
        Self { line, byte: None, column: None, code, message: message.into() }
    }

    pub(super) fn at_byte(self, byte: u64) -> Self {
        Self { byte: Some(byte), ..self }
    }

    pub(super) fn in_column(self, column: &str) -> Self {
        Self { column: Some(column.to_owned()), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}", self.line)?;
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl From<FileError> for ApiError {
    fn from(FileError(problems): FileError) -> Self {
        let mut error = Self::field("file", "invalid", "The file cannot be read.");
        error.fields = problems
            .iter()
            .map(|problem| FieldError {
                field: problem.column.as_ref().map_or_else(
                    || format!("file.lines[{}]", problem.line),
                    |column| format!("file.lines[{}].{column}", problem.line),
                ),
                code: problem.code,
                message: problem.to_string(),
                allowed: Vec::new(),
            })
            .collect();
        error
    }
}

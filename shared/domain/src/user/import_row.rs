//! Users to create from a file, and what is wrong with its rows.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{Email, Phone, Status, UserId, Username, account_edit::AccountEdit};

/// A row of a file of users, whose values are valid on their own.
#[derive(Clone)]
pub struct ImportRow {
    /// The line of the file, from 1.
    pub line: u64,
    /// Email address.
    pub email: Email,
    /// Whether the address counts as confirmed.
    pub email_verified: bool,
    /// Phone number.
    pub phone: Option<Phone>,
    /// Whether the number counts as confirmed.
    pub phone_verified: bool,
    /// Username.
    pub username: Option<Username>,
    /// Unique id; none for a generated one.
    pub unique_id: Option<String>,
    /// Id in another system.
    pub external_id: Option<String>,
    /// Status; none for the one that follows from the address.
    pub status: Option<Status>,
    /// Names, types and details of the profile.
    pub edit: AccountEdit,
    /// Password hash of another system, as the file has it.
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for ImportRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImportRow({})", self.line)
    }
}

/// Why a row of a file is not imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RowProblem {
    /// Line of the file, starting at 1. A row with line breaks in its cells counts by its first
    /// line.
    pub line: u64,
    /// Column, by its name; absent if the whole row is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Stable code of the problem.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
    /// The user who has the value; present only for a caller who may view users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl RowProblem {
    /// A problem with a column of a row.
    pub fn new(line: u64, column: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { line, column: Some(column.to_owned()), code, message: message.into(), user_id: None }
    }
}

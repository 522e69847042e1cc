//! The values of a row, as the types of the domain.

use std::{fmt, str::FromStr};

use provost_api::user_input::ProfileInput;
use provost_domain::{
    ApiError, Email, Status,
    account_edit::AccountEdit,
    external_id,
    import_row::{ImportRow, RowProblem},
    stored_enum::only_known,
    unique_id,
    user::UserTypes,
};
use serde_json::{Map, Value};

/// The columns of the profile.
const PROFILE: [&str; 12] = [
    "bio",
    "professional_summary",
    "designation",
    "expertise",
    "gender",
    "date_of_birth",
    "address",
    "city",
    "state",
    "country",
    "timezone",
    "locale",
];
/// The columns of links.
const LINKS: [&str; 6] = ["linkedin", "twitter", "facebook", "instagram", "youtube", "website"];

/// Reads a row.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read_row(
    line: u64,
    values: &Map<String, Value>,
) -> Result<ImportRow, Vec<RowProblem>> {
    let mut row = Row { line, values, problems: Vec::new() };
    let email = row.parsed::<Email>("email");
    if email.is_none() && row.problems.is_empty() {
        row.wrong("email", "required", "An email address is required. Enter one.");
    }
    let flags = ["email_verified", "phone_verified"].map(|name| row.flag(name).unwrap_or_default());
    let [email_verified, phone_verified] = flags;
    let (phone, username) = (row.parsed("phone"), row.parsed("username"));
    let unique_id = row.checked("unique_id", unique_id::parse);
    let external_id = row.checked("external_id", external_id::parse);
    let (status, password_hash) = (row.status(), row.hash());
    let edit = row.edit();
    match email {
        Some(email) if row.problems.is_empty() => Ok(ImportRow {
            line,
            email,
            email_verified,
            phone,
            phone_verified,
            username,
            unique_id,
            external_id,
            status,
            edit,
            password_hash,
        }),
        _ => Err(row.problems),
    }
}

struct Row<'a> {
    line: u64,
    values: &'a Map<String, Value>,
    problems: Vec<RowProblem>,
}

impl Row<'_> {
    fn wrong(&mut self, column: &str, code: &'static str, message: impl Into<String>) {
        self.problems.push(RowProblem::new(self.line, column, code, message));
    }

    /// The text of a column; none if it is empty.
    fn text(&mut self, column: &str) -> Option<String> {
        match self.values.get(column)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.trim().to_owned()),
            // Whole numbers only: others have lost digits.
            Value::Number(number) if number.is_u64() => Some(number.to_string()),
            _ => {
                self.wrong(column, "invalid", "This value has the wrong type. Write a string.");
                None
            }
        }
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, column: &str) -> Option<T> {
        let text = self.text(column)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(column, "invalid", capital(&error.to_string()));
                None
            }
        }
    }

    fn flag(&mut self, column: &str) -> Option<bool> {
        match self.values.get(column)? {
            Value::Bool(flag) => Some(*flag),
            // Spreadsheets write them in capitals.
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => {
                self.wrong(column, "invalid", "This is neither true nor false. Write one of them.");
                None
            }
        }
    }

    /// The text of a column that passes a check.
    fn checked(
        &mut self,
        column: &str,
        check: fn(&str) -> Result<String, ApiError>,
    ) -> Option<String> {
        match check(&self.text(column)?) {
            Ok(text) => Some(text),
            Err(error) => {
                self.wrong(column, "invalid", sentence(&error));
                None
            }
        }
    }

    fn status(&mut self) -> Option<Status> {
        let text = self.text("status")?;
        let known = [Status::Active, Status::PendingVerification, Status::Inactive];
        let found = known.into_iter().find(|status| status.as_str() == text);
        if found.is_none() {
            self.wrong(
                "status",
                "invalid",
                "A user is imported as active, pending_verification or inactive. Write one of \
                 them, or leave the cell empty.",
            );
        }
        found
    }

    /// A hash is a text, or an object that is one in a table.
    fn hash(&mut self) -> Option<String> {
        match self.values.get("password_hash")? {
            Value::Object(object) => serde_json::to_string(object).ok(),
            _ => self.text("password_hash"),
        }
    }

    fn edit(&mut self) -> AccountEdit {
        let types = UserTypes {
            is_instructor: self.flag("is_instructor"),
            is_learner: self.flag("is_learner"),
        };
        let names = ["name", "first_name", "last_name"].map(|column| self.text(column));
        let [name, first_name, last_name] = names;
        let profile = self.profile();
        match (AccountEdit { types, ..profile.edit() }).with_names(name, first_name, last_name) {
            Ok(edit) => edit,
            Err(error) => {
                self.wrong("name", "required", sentence(&error));
                AccountEdit::default()
            }
        }
    }

    fn profile(&mut self) -> ProfileInput {
        let (mut profile, mut social) = (Map::new(), Map::new());
        for (column, is_link) in
            PROFILE.iter().map(|name| (*name, false)).chain(LINKS.iter().map(|name| (*name, true)))
        {
            let Some(value) = self.values.get(column).filter(|value| **value != "") else {
                continue;
            };
            let one = Map::from_iter([(column.to_owned(), value.clone())]);
            let alone = if is_link {
                Map::from_iter([("social".to_owned(), Value::Object(one))])
            } else {
                one
            };
            let read = only_known(|| serde_json::from_value::<ProfileInput>(Value::Object(alone)));
            if let Err(error) = read {
                self.wrong(column, "invalid", capital(&error.to_string()));
                continue;
            }
            let into = if is_link { &mut social } else { &mut profile };
            into.insert(column.to_owned(), value.clone());
        }
        profile.insert("social".to_owned(), Value::Object(social));
        // Each value was read alone.
        serde_json::from_value(Value::Object(profile)).unwrap_or_default()
    }
}

/// The first sentence about a field, or about the whole.
fn sentence(error: &ApiError) -> String {
    error.fields.first().map_or_else(|| error.detail.to_string(), |field| field.message.clone())
}

/// A sentence of an error, with a capital letter and a full stop.
fn capital(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

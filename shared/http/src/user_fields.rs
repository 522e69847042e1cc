//! Names of the fields of a user below `/v1`: the rules name them in camelCase, and these routes in
//! snake_case, with those of the profile below `profile`.

use provost_domain::ApiError;
use serde_json::Value;

use crate::problem::HandlerError;

/// Fields that are part of `profile`.
const PROFILE: [&str; 13] = [
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
    "social",
];

/// The name of a field in these routes.
pub fn spelled(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            spelled.push('_');
        }
        spelled.push(letter.to_ascii_lowercase());
    }
    // Names of headers stay.
    if name.contains('-') {
        return name.to_owned();
    }
    let first = spelled.split(['.', '[']).next().unwrap_or_default();
    if PROFILE.contains(&first) { format!("profile.{spelled}") } else { spelled }
}

/// An error that names the fields of these routes.
pub fn named(mut error: ApiError) -> ApiError {
    for field in &mut error.fields {
        field.field = spelled(&field.field);
    }
    if let Some(Value::String(field)) = error.extra.get_mut("field") {
        *field = spelled(field);
    }
    error
}

/// The same for the error of a handler.
pub fn named_in(error: impl Into<HandlerError>) -> HandlerError {
    match error.into() {
        HandlerError::Api(error) => HandlerError::Api(named(error)),
        other => other,
    }
}

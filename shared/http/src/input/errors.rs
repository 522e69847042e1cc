//! Errors about input, which name the field.

use provost_domain::{ApiError, Code, refusal::FieldError};
use serde_json::Value;

pub(super) fn unknown_parameter<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> ApiError {
    let short: String = name.chars().take(64).collect();
    let nearest = known
        .map(|candidate| (strsim::damerau_levenshtein(candidate, &short), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let refused = ApiError::new(
        Code::UnknownParameter,
        match nearest {
            Some((_, nearest)) => format!("This parameter is unknown. Did you mean {nearest}?"),
            None => "This parameter is unknown. See the API description for the parameters of this route.".to_owned(),
        },
    );
    let refused = refused.with("parameter", short);
    match nearest {
        Some((_, nearest)) => refused.with("suggestion", nearest),
        None => refused,
    }
}

/// Converts a serde error into an error for the field. The value is never repeated.
pub(super) fn refuse(
    path: &str,
    message: &str,
    properties: &serde_json::Map<String, Value>,
) -> ApiError {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let at = |name: &str| {
        if path.is_empty() || path == "." || path == "?" {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    let (field, code, sentence) = if message.starts_with("missing field") {
        (at(quoted), "required", "This field is required.".to_owned())
    } else if message.starts_with("unknown field") {
        let last = path.rsplit('.').next().unwrap_or_default();
        let field = if last == quoted { path.to_owned() } else { at(quoted) };
        (field, "unknown", "This field is unknown. Remove it.".to_owned())
    } else if message.starts_with("unknown variant") {
        (
            path.to_owned(),
            "unknown_value",
            "This value is not allowed. Use one of the allowed values.".to_owned(),
        )
    } else if message.starts_with("invalid type") || message.starts_with("invalid value") {
        let wanted = message
            .rsplit_once("expected ")
            .map_or("another form", |(_, wanted)| wanted)
            .split(" at line")
            .next()
            .unwrap_or_default()
            .to_owned();
        (path.to_owned(), "invalid", format!("This value has the wrong type. Expected {wanted}."))
    } else {
        (path.to_owned(), "invalid", sentence(message))
    };
    let allowed = if code == "unknown_value" {
        message.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    } else {
        allowed_values(properties.get(field.as_str()))
    };
    let field: String = field.chars().take(128).collect();
    ApiError {
        fields: vec![FieldError { field, code, message: sentence, allowed }],
        ..ApiError::new(
            Code::ValidationFailed,
            "Correct the fields named in errors and send the request again.",
        )
    }
}

fn allowed_values(property: Option<&Value>) -> Vec<String> {
    let Some(values) = property.and_then(|schema| schema.get("enum")).and_then(Value::as_array)
    else {
        return Vec::new();
    };
    values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

fn sentence(message: &str) -> String {
    let message = message.split(" at line").next().unwrap_or_default();
    let mut letters = message.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

//! The errors of the parsers. Each names the parameter and says what to do.

use provost_domain::{ApiError, Code};

use super::HiddenField;

/// How many names an error lists at most.
const MAX_LISTED: usize = 40;

/// How many letters a suggested name may differ from the given one.
const MAX_DISTANCE: usize = 3;

/// The name among those known that is nearest to a mistyped one.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.replace(['_', '.'], "").to_lowercase();
    let given = plain(&name.chars().take(64).collect::<String>());
    let length = given.chars().count();
    let distance = |candidate: &'a str| {
        let plain = plain(candidate);
        let near = plain.chars().count().abs_diff(length) <= MAX_DISTANCE;
        near.then(|| (strsim::damerau_levenshtein(&plain, &given), candidate))
    };
    known
        .filter_map(distance)
        .min()
        .filter(|(distance, candidate)| *distance <= MAX_DISTANCE && *distance < candidate.len())
        .map(|(_, candidate)| candidate)
}

pub(super) fn unknown_parameter<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> ApiError {
    let nearest = nearest(name, known);
    let sentence = match nearest {
        Some(nearest) => format!("This parameter is unknown. Did you mean {nearest}?"),
        None => "This parameter is unknown. See the API description for the parameters of this \
                 route."
            .to_owned(),
    };
    let short: String = name.chars().take(64).collect();
    let error = ApiError::new(Code::UnknownParameter, sentence).with("parameter", short);
    match nearest {
        Some(nearest) => error.with("suggestion", nearest),
        None => error,
    }
}

pub(super) fn not_utf8() -> ApiError {
    ApiError::new(
        Code::UnknownParameter,
        "The URL contains bytes that are not UTF-8. Encode it as UTF-8 and send the request again.",
    )
}

pub(super) fn empty(place: &str) -> ApiError {
    ApiError::field(
        place,
        "empty_filter_value",
        "This value is empty. Give it a value or omit it: an empty value never means all users.",
    )
}

pub(super) fn repeated(place: &str) -> ApiError {
    ApiError::field(
        place,
        "repeated",
        "This parameter takes one value and is given more than once. Give it once.",
    )
}

pub(super) fn together(place: &str, other: &str) -> ApiError {
    ApiError::field(
        place,
        "contradiction",
        format!("This cannot be combined with `{other}`. Use only one of them."),
    )
}

pub(super) fn needs(place: &str, other: &str) -> ApiError {
    ApiError::field(
        place,
        "incomplete",
        format!("This has no effect without `{other}`. Add `{other}` or omit this."),
    )
}

pub(super) fn too_many(place: &str, most: usize) -> ApiError {
    ApiError::field(
        place,
        "too_many_filter_values",
        format!("There are too many values. Use at most {most}."),
    )
}

pub(super) fn invalid(place: &str, sentence: impl Into<String>) -> ApiError {
    ApiError::field(place, "invalid", sentence)
}

pub(super) fn empty_window(place: &str, sentence: impl Into<String>) -> ApiError {
    ApiError::field(place, "empty_window", sentence)
}

/// The value is none of the allowed ones, which are listed if they are few.
pub(super) fn unknown_value<'a>(
    place: &str,
    value: &str,
    allowed: impl Iterator<Item = &'a str> + Clone,
) -> ApiError {
    let sentence = match nearest(value, allowed.clone()) {
        Some(nearest) => format!("This value is not known. Did you mean {nearest}?"),
        None => "This value is not known. Use one of the allowed values.".to_owned(),
    };
    let mut error = ApiError::field(place, "unknown_value", sentence);
    if let [field] = error.fields.as_mut_slice() {
        field.allowed = allowed.take(MAX_LISTED).map(str::to_owned).collect();
    }
    error
}

/// The error for a request that looks at a field that the caller may not see: they may not filter,
/// sort or count by it either. `place` is the parameter.
pub fn hidden(place: &str, HiddenField { field, permission }: HiddenField) -> ApiError {
    let sentence = format!(
        "This looks at `{field}`, which you may not see. Leave it out, or ask for the permission \
         `{permission}`."
    );
    let mut error = ApiError::field(place, "not_visible", sentence.clone());
    error.code = Code::PermissionDenied;
    error.detail = sentence;
    error.with("missing", vec![permission.as_str()])
}

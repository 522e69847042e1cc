//! The parameters as schemas, for the API description. Names with a suffix, such as `city.not`, are
//! described with the parameter that they belong to.

use serde_json::{Map, Value, json};

use super::table::{EnrollmentPart, Meaning, PARAMETERS, Parameter};
use crate::Field;

/// The parameters of a list of users, as the properties of an object.
pub fn list() -> Value {
    let order = [
        (
            "sort",
            "Sort order: fields separated by commas, each with `-` in front for descending. Default: `-created_at`, with `search` `-relevance`. Users without a value come last, and users with equal values are sorted by id. Texts are sorted by the code points of their normal form, the same on every machine: case and accents form no groups.",
        ),
        (
            "explain",
            "`true` adds how the query was understood, and how many users match each condition.",
        ),
        ("cursor", "`next_cursor` or `prev_cursor` of another page. Not together with `page`."),
    ];
    let mut schema = selection(&order);
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.insert(
            "page".to_owned(),
            json!({"type": "integer", "minimum": 1, "description": "Page number, starting at 1. Not together with `cursor`."}),
        );
        properties.insert(
            "limit".to_owned(),
            json!({"type": "integer", "minimum": 1, "maximum": 200, "description": "Items per page, 1 to 200; 25 by default."}),
        );
    }
    schema
}

/// The parameters that say which users are meant, and others with their descriptions, as the
/// properties of an object.
pub fn selection(others: &[(&str, &str)]) -> Value {
    let general = [
        (
            "search",
            "Search text, 1 to 200 characters. All words must match, in any order: names, usernames, unique ids, external ids, and email addresses and phone numbers that you may see. Text in double quotes must match as a phrase.",
        ),
        (
            "search_mode",
            "How exactly the search text must match: `fuzzy` (default), `substring`, `prefix` or `exact`.",
        ),
        (
            "filter",
            "Condition in the filter language of SCIM (RFC 7644, section 3.4.2.2), such as `city eq \"Dhaka\" and not (status eq \"inactive\")`.",
        ),
        ("tz", "Time zone (IANA) of dates and ages. Default: UTC."),
        (
            "on_unavailable",
            "What to do if data of another service is out of date: `error` (default), or `skip` to leave the conditions on it out.",
        ),
    ];
    let mut properties: Map<String, Value> = general
        .iter()
        .chain(others)
        .map(|(name, about)| ((*name).to_owned(), json!({"type": "string", "description": about})))
        .collect();
    for parameter in PARAMETERS {
        let about = description(parameter);
        properties
            .insert(parameter.name.to_owned(), json!({"type": "string", "description": about}));
    }
    json!({"type": "object", "properties": properties})
}

fn description(parameter: &Parameter) -> String {
    let name = parameter.name;
    let mut text = match parameter.meaning {
        Meaning::Status => "Only users with one of these statuses, separated by commas. `all` includes deleted users, which are left out by default.".to_owned(),
        Meaning::UserType => "Only users of one of these types, separated by commas: `admin`, `instructor`, `learner`.".to_owned(),
        Meaning::Values(Field::Id) => "Only the users with these ids, at most 100, separated by commas.".to_owned(),
        Meaning::Values(Field::ExternalId) => "Only users whose `external_id` is exactly one of these values, separated by commas. Upper and lower case differ.".to_owned(),
        Meaning::Values(field) => format!("Only users whose `{field}` is one of these values, separated by commas."),
        Meaning::Permission => "Only users who effectively hold one of these permissions, separated by commas.".to_owned(),
        Meaning::Flag(_) => "`true` for the users to which this applies, `false` for all others.".to_owned(),
        Meaning::Min(field, max) => format!("Only users whose `{field}` is at least this number, 0 to {max}."),
        Meaning::Max(field, max) => format!("Only users whose `{field}` is at most this number, 0 to {max}."),
        Meaning::MinAge => "Only users of at least this age, in whole years on today's date in `tz`.".to_owned(),
        Meaning::MaxAge => "Only users of at most this age, in whole years on today's date in `tz`.".to_owned(),
        Meaning::From(field) => format!("Only users whose `{field}` is at or after this date or time. A date begins at midnight in `tz`."),
        Meaning::Until(field) => format!("Only users whose `{field}` is before this date or time. A date begins at midnight in `tz`."),
        Meaning::Days(_) => "Number of days of 24 hours before the request.".to_owned(),
        Meaning::Enrollment(part) => enrollment(part).to_owned(),
    };
    if let Some(alias) = parameter.alias {
        text.push_str(&format!(" Also `{alias}`."));
    }
    text.push_str(&format!(" `{name}.not` negates the condition."));
    if parameter.has_patterns() {
        text.push_str(&format!(" `{name}.prefix` and `{name}.contains` compare a part."));
    }
    if parameter.has_match() {
        text.push_str(&format!(" With `{name}_match=all`, all of the values."));
    }
    text
}

const fn enrollment(part: EnrollmentPart) -> &'static str {
    match part {
        EnrollmentPart::Status => {
            "Only users with an enrolment of one of these statuses. One enrolment must meet all conditions."
        }
        EnrollmentPart::ProgramType => {
            "Only users with an enrolment in one of these types of programs. One enrolment must meet all conditions."
        }
        EnrollmentPart::ProgramIds => {
            "Only users with an enrolment in one of these programs. One enrolment must meet all conditions."
        }
        EnrollmentPart::MinProgress => {
            "Only users with an enrolment of at least this progress, in percent. One enrolment must meet all conditions."
        }
        EnrollmentPart::MaxProgress => {
            "Only users with an enrolment of at most this progress, in percent. One enrolment must meet all conditions."
        }
    }
}

//! The query string of `GET /api/admin/users`, which has fewer parameters and other names than the
//! directory, and means the same filters.

use provost_domain::{ApiError, BuiltInRole, Timestamp, text};
use serde_json::{Value, json};

use super::{
    ListQuery, SortBy, SortKey, Vocabulary, errors,
    given::{self, Given, Type},
    key::{Key, Other},
    parameters,
    values::one_of,
};
use crate::{Field, Filter, Moment};

/// Number of users on a page, if the request does not say.
pub const DEFAULT_LIMIT: u32 = 50;

/// Maximum length of a search text, in characters: that of an email address.
const MAX_SEARCH: usize = 254;

const ROLE: &str = "role";
const STATUS: &str = "status";
const CREATED_AFTER: &str = "createdAfter";
const SORT: &str = "sort";
const ROLES: [&str; 4] = ["user", "staff", "admin", "rootAdmin"];
const STATUSES: [&str; 6] =
    ["active", "inactive", "suspended", "banned", "pending_verification", "deleted"];
const SORTS: [&str; 3] = ["recent", "active", "storage-usage"];
const NAMES: [&str; 8] = ["search", ROLE, STATUS, CREATED_AFTER, SORT, "page", "limit", "cursor"];

/// Reads a query string as it was received, without the question mark. Deleted users are part of
/// the list.
///
/// # Errors
/// As for [`parameters::parse`].
pub fn parse(query: &str, vocabulary: &Vocabulary<'_>) -> Result<ListQuery, ApiError> {
    let given = given::from_query(query, key, || NAMES.map(str::to_owned).to_vec())?;
    let mut list = parameters::list_of(&given, MAX_SEARCH, DEFAULT_LIMIT, vocabulary)?;
    if let Some(search) = &mut list.search {
        // Without invisible characters.
        search.text = text::search("search", &search.text, MAX_SEARCH)?;
    }
    list.extras.clear();
    for one in &given {
        let Key::Extra(name) = one.key else { continue };
        let text = one.text(Type::Text)?;
        let (name, filter) = match name {
            ROLE => ("roles", role(&one.place, text)?),
            STATUS => ("status", status(&one.place, text)?),
            CREATED_AFTER => ("created_after", created_after(one, text)?),
            _ => {
                list.sort = vec![sort(&one.place, text, vocabulary)?];
                continue;
            }
        };
        if let Some(hidden) = vocabulary.hidden_in(&filter) {
            return Err(errors::hidden(&one.place, hidden));
        }
        list.selection = std::mem::take(&mut list.selection).with(name, filter);
    }
    Ok(list)
}

/// The parameters as the properties of an object, for the API description.
pub fn describe() -> Value {
    json!({"type": "object", "properties": {
        "search": {
            "type": "string",
            "maxLength": MAX_SEARCH,
            "description": "Search text. All words must match, in any order: names, usernames, ids, and email addresses and phone numbers that you may see. Typing mistakes are forgiven if fewer than five users match without.",
        },
        ROLE: {
            "type": "string",
            "enum": ROLES,
            "description": "Only users with this built-in role, in either spelling.",
        },
        STATUS: {
            "type": "string",
            "enum": STATUSES,
            "description": "Only accounts with this status at the time of the request. `suspended` does not include banned accounts.",
        },
        CREATED_AFTER: {
            "type": "string",
            "format": "date-time",
            "description": "Only accounts created after this time.",
        },
        SORT: {
            "type": "string",
            "enum": SORTS,
            "description": "Sort order: `recent` (newest account first), `active` (latest sign-in first, requires `session.read`) or `storage-usage` (most storage used first). Default: `recent`; with `search` the best matches first.",
        },
        "page": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "description": "Page number, starting at 1. Not together with `cursor`.",
        },
        "limit": {
            "type": "integer",
            "format": "uint32",
            "minimum": 1,
            "maximum": 200,
            "description": "Items per page, 1 to 200; 50 by default.",
        },
        "cursor": {
            "type": "string",
            "description": "`nextCursor` of the previous page. Not together with `page`.",
        },
    }})
}

fn key(name: &str) -> Option<Key<'static>> {
    match name {
        "search" => Some(Key::Other(Other::Search)),
        "page" => Some(Key::Other(Other::Page)),
        "limit" => Some(Key::Other(Other::Limit)),
        "cursor" => Some(Key::Other(Other::Cursor)),
        name => [ROLE, STATUS, CREATED_AFTER, SORT]
            .into_iter()
            .find(|known| *known == name)
            .map(Key::Extra),
    }
}

fn role(place: &str, text: &str) -> Result<Filter, ApiError> {
    let role = BuiltInRole::parse(text)
        .ok_or_else(|| errors::unknown_value(place, text, ROLES.into_iter()))?;
    Ok(Filter::any_of(Field::Roles, [role.as_str()]))
}

/// Users with a status. Here, a ban is a status of its own.
fn status(place: &str, text: &str) -> Result<Filter, ApiError> {
    // A suspension ends at its time, before the status is changed.
    let ended = || Filter::instant(Field::SuspendedUntil, None, Some(Moment::FromNow(1)));
    let suspended = |kind: &str| {
        Filter::And(vec![
            Filter::any_of(Field::Status, ["suspended"]),
            Filter::any_of(Field::SuspensionKind, [kind]),
            ended().not(),
        ])
    };
    Ok(match one_of(&STATUSES, place, text)? {
        "suspended" => suspended("suspension"),
        "banned" => suspended("ban"),
        status => Filter::Or(vec![
            Filter::any_of(Field::Status, [status]),
            Filter::And(vec![
                Filter::any_of(Field::Status, ["suspended"]),
                ended(),
                Filter::any_of(Field::StatusBefore, [status]),
            ]),
        ]),
    })
}

/// Users created after a time, which is exclusive here.
fn created_after(given: &Given<'_>, text: &str) -> Result<Filter, ApiError> {
    let after: Timestamp =
        text.parse().map_err(|_| errors::invalid(&given.place, super::times::sentence(text)))?;
    Ok(Filter::instant(Field::CreatedAt, Some(Moment::At(after.plus(1))), None))
}

fn sort(place: &str, text: &str, vocabulary: &Vocabulary<'_>) -> Result<SortKey, ApiError> {
    let field = match one_of(&SORTS, place, text)? {
        "active" => Field::LastLoginAt,
        "storage-usage" => Field::StorageUsed,
        _ => Field::CreatedAt,
    };
    match vocabulary.hides(field) {
        Some(hidden) => Err(errors::hidden(place, hidden)),
        None => Ok(SortKey { by: SortBy::Field(field), descending: true }),
    }
}

//! The query string of `GET /api/admin/users`, which has fewer parameters and other names than the
//! directory, and means the same filters.

use provost_domain::{ApiError, BuiltInRole, Timestamp};

use super::{
    ListQuery, SortBy, SortKey, Vocabulary, errors,
    given::{self, Given, Type},
    key::{Key, Other},
    parameters::{self, SearchMode},
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
        search.mode = SearchMode::Prefix;
    }
    list.extras.clear();
    for one in &given {
        let Key::Extra(name) = one.key else { continue };
        let text = one.text(Type::Text)?;
        let selection = std::mem::take(&mut list.selection);
        list.selection = match name {
            ROLE => selection.with("roles", role(&one.place, text)?),
            STATUS => selection.with("status", status(&one.place, text)?),
            CREATED_AFTER => selection.with("created_after", created_after(one, text)?),
            _ => {
                list.sort = vec![sort(&one.place, text)?];
                selection
            }
        };
    }
    if !given.iter().any(|one| one.key == Key::Extra(SORT)) {
        list.sort = vec![SortKey { by: SortBy::Field(Field::CreatedAt), descending: true }];
    }
    Ok(list)
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
    let known = ["user", "staff", "admin", "rootAdmin"];
    let role = BuiltInRole::parse(text)
        .ok_or_else(|| errors::unknown_value(place, text, known.into_iter()))?;
    Ok(Filter::any_of(Field::Roles, [role.as_str()]))
}

/// Users with a status. Here, a ban is a status of its own.
fn status(place: &str, text: &str) -> Result<Filter, ApiError> {
    let names = &["active", "inactive", "suspended", "banned", "pending_verification", "deleted"];
    let suspended = |kind: &str| {
        Filter::And(vec![
            Filter::any_of(Field::Status, ["suspended"]),
            Filter::any_of(Field::SuspensionKind, [kind]),
            // A suspension ends at its time, before the status is changed.
            Filter::instant(Field::SuspendedUntil, None, Some(Moment::FromNow(1))).not(),
        ])
    };
    Ok(match one_of(names, place, text)? {
        "suspended" => suspended("suspension"),
        "banned" => suspended("ban"),
        status => Filter::any_of(Field::Status, [status]),
    })
}

/// Users created after a time, which is exclusive here.
fn created_after(given: &Given<'_>, text: &str) -> Result<Filter, ApiError> {
    let after: Timestamp =
        text.parse().map_err(|_| errors::invalid(&given.place, super::times::sentence(text)))?;
    Ok(Filter::instant(Field::CreatedAt, Some(Moment::At(after.plus(1))), None))
}

fn sort(place: &str, text: &str) -> Result<SortKey, ApiError> {
    let by = match one_of(&["recent", "active", "storage-usage"], place, text)? {
        "active" => SortBy::Field(Field::LastLoginAt),
        "storage-usage" => SortBy::StorageUsed,
        _ => SortBy::Field(Field::CreatedAt),
    };
    Ok(SortKey { by, descending: true })
}

//! The query string of `GET /v1/users`: which users, found how, in which order and on which page.

mod list;
mod print;

use std::collections::BTreeMap;

use provost_domain::{ApiError, TimeZone};

use super::{
    Vocabulary, conditions,
    given::{self, Given},
    key::{self, Key},
};
use crate::{Field, Selection};
pub(super) use list::{search, skip_unavailable};

/// Number of users on a page, if the request does not say.
pub const DEFAULT_LIMIT: u32 = 25;
/// Maximum number of users on a page.
pub const MAX_LIMIT: u32 = 200;
/// Maximum length of a search text, in characters.
pub const MAX_SEARCH: usize = 200;

/// A list of users, as a caller asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    /// Which users.
    pub selection: Selection,
    /// What they are searched by.
    pub search: Option<Search>,
    /// The order. The id comes last and is not named here.
    pub sort: Vec<SortKey>,
    /// Where the page begins.
    pub start: PageStart,
    /// Number of users on the page.
    pub limit: u32,
    /// The time zone of dates and ages.
    pub zone: TimeZone,
    /// Whether the answer explains how the users were found.
    pub explain: bool,
    /// Whether conditions on data of other services are left out when that data is out of date,
    /// instead of an error. Only a list may allow it, and must say so in its answer.
    pub skip_unavailable: bool,
    /// The values of the parameters that only the caller's route has, by name.
    pub extras: BTreeMap<String, Vec<String>>,
    /// The parameters by the names with which they were sent, without those of the page.
    parameters: Vec<(String, Vec<String>)>,
}

/// What users are searched by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The text, of 1 to 200 characters.
    pub text: String,
    /// How exactly it must match.
    pub mode: SearchMode,
}

/// How exactly a search text must match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SearchMode {
    /// Also with a mistyped letter or two.
    #[default]
    Fuzzy,
    /// Inside a word.
    Substring,
    /// At the beginning of a word.
    Prefix,
    /// As a whole word.
    Exact,
}

/// A part of the order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// What is compared.
    pub by: SortBy,
    /// Whether the largest comes first. Users without a value come last either way.
    pub descending: bool,
}

/// What an order compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// The value of a field.
    Field(Field),
    /// How well the user matches the search text.
    Relevance,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStart {
    /// At this page, counted from 1.
    Page(u32),
    /// Where the cursor of another page says.
    Cursor(String),
}

/// Reads a query string as it was received, without the question mark. `extras` are the names of
/// the parameters that only the caller's route has, such as `format`. Of their values, only empty
/// ones are refused.
///
/// # Errors
/// - `UNKNOWN_PARAMETER` for a name that no parameter has, with the nearest one.
/// - `VALIDATION_FAILED` for a value that is empty, unknown, out of range or contradicts another,
///   with the name of the parameter.
/// - `PERMISSION_DENIED` for a field that the caller may not see.
pub fn parse(
    query: &str,
    extras: &[&str],
    vocabulary: &Vocabulary<'_>,
) -> Result<ListQuery, ApiError> {
    let key = |name: &str| Key::parse(name, extras);
    let given = given::from_query(query, key, || key::names(extras))?;
    let list = list_of(&given, MAX_SEARCH, DEFAULT_LIMIT, vocabulary)?;
    Ok(ListQuery { selection: conditions::read(&given, vocabulary)?, ..list })
}

/// How users are listed, without which they are.
pub(super) fn list_of(
    given: &[Given<'_>],
    max_search: usize,
    default_limit: u32,
    vocabulary: &Vocabulary<'_>,
) -> Result<ListQuery, ApiError> {
    let search = list::search(given, max_search)?;
    Ok(ListQuery {
        selection: Selection::all(),
        sort: list::sort(given, search.is_some(), vocabulary)?,
        search,
        start: list::start(given)?,
        limit: list::limit(given)?.unwrap_or(default_limit),
        zone: conditions::zone(given)?,
        explain: list::explain(given)?,
        skip_unavailable: list::skip_unavailable(given)?,
        extras: list::extras(given),
        parameters: print::parameters(given),
    })
}

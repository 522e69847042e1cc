//! Which users a bulk action is about: a list of ids, or a filter with exceptions.

use std::collections::BTreeSet;

use provost_domain::{ApiError, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Search, Vocabulary, conditions, errors, given,
    parameters::{MAX_SEARCH, search, skip_unavailable},
};
use crate::Selection;

/// Maximum number of ids in a list.
pub const MAX_IDS: usize = 10_000;

/// The fields of a bulk action that say which users it is about.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct SelectionBody {
    /// The ids of the users.
    #[serde(default)]
    pub user_ids: Option<Vec<String>>,
    /// The parameters of the list of users, as an object.
    #[serde(default)]
    pub filter: Option<Map<String, Value>>,
    /// The ids of users that match the filter and are left out.
    #[serde(default)]
    pub exclude_ids: Option<Vec<String>>,
    /// Must be `true` if the filter restricts nothing.
    #[serde(default)]
    pub match_all: Option<bool>,
}

/// The users that a bulk action is about.
#[derive(Debug, Clone, PartialEq)]
pub enum BulkSelection {
    /// These users, in the order of the request, repetitions included.
    Users(Vec<UserId>),
    /// All users that match.
    Matching {
        /// The conditions.
        selection: Selection,
        /// What they are searched by.
        search: Option<Search>,
        /// Users that are left out.
        exclude: BTreeSet<UserId>,
    },
}

/// Reads which users a bulk action is about. An empty list is an error, and so is a filter that
/// restricts nothing, unless the caller says that all users are meant.
///
/// # Errors
/// `VALIDATION_FAILED` or `UNKNOWN_PARAMETER` with the name of the field; `PERMISSION_DENIED` for a
/// field that the caller may not see.
pub fn read(body: &SelectionBody, vocabulary: &Vocabulary<'_>) -> Result<BulkSelection, ApiError> {
    let match_all = body.match_all == Some(true);
    match (&body.user_ids, &body.filter) {
        (Some(_), Some(_)) => Err(errors::together("user_ids", "filter")),
        (None, None) => Err(ApiError::field(
            "user_ids",
            "required",
            "It is not said which users are meant. Send `user_ids` or `filter`.",
        )),
        (Some(ids), None) => {
            if body.exclude_ids.is_some() {
                return Err(errors::together("exclude_ids", "user_ids"));
            }
            if match_all {
                return Err(errors::together("match_all", "user_ids"));
            }
            if ids.is_empty() {
                return Err(ApiError::field(
                    "user_ids",
                    "empty_filter_value",
                    "This list is empty. Name at least one user: an empty list never means \
                     everybody.",
                ));
            }
            read_ids("user_ids", ids).map(BulkSelection::Users)
        }
        (None, Some(filter)) => {
            let given = given::from_json(filter)?;
            if skip_unavailable(&given)? {
                return Err(errors::invalid(
                    "filter.on_unavailable",
                    "A bulk action may not leave out conditions. Use `error` or omit this.",
                ));
            }
            let selection = conditions::read(&given, vocabulary)?;
            let search = search(&given, MAX_SEARCH)?;
            let restricts = search.is_some() || conditions::restricts(&given);
            if !restricts && !match_all {
                return Err(ApiError::field(
                    "filter",
                    "match_all_required",
                    "This filter restricts nothing. Add a condition, or send `match_all` with \
                     true if all users are meant.",
                ));
            }
            if restricts && match_all {
                return Err(errors::together("match_all", "a filter that restricts the users"));
            }
            let exclude = body.exclude_ids.as_deref().unwrap_or_default();
            let exclude = read_ids("exclude_ids", exclude)?.into_iter().collect();
            Ok(BulkSelection::Matching { selection, search, exclude })
        }
    }
}

fn read_ids(place: &str, ids: &[String]) -> Result<Vec<UserId>, ApiError> {
    if ids.len() > MAX_IDS {
        return Err(errors::too_many(place, MAX_IDS));
    }
    let read = ids.iter().enumerate().map(|(at, id)| {
        id.parse().map_err(|_| {
            errors::invalid(
                &format!("{place}[{at}]"),
                "This is not the id of a user. Ids have the form usr_01ARZ3….",
            )
        })
    });
    read.collect()
}

//! What a caller asks the index: conditions, search, order and page, and what comes back.

mod cursor;

use provost_domain::UserId;
use serde::{Deserialize, Serialize};

use crate::{Field, InvalidFilter, Selection};
pub use cursor::{Cursor, InvalidCursor, KeyValue};

/// The largest page.
pub const MAX_LIMIT: usize = 10_000;

/// A request for users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// The conditions.
    pub selection: Selection,
    /// The search box; absent when empty.
    pub search: Option<Search>,
    /// The order, the most significant key first. With no key, the best hits of a search come
    /// first, of equal ones who signed in last, and without a search the newest users. The last key
    /// is always the id, ascending.
    pub sort: Vec<SortKey>,
}

/// The text in the search box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// The text as it was typed.
    pub text: String,
    /// Which kinds of hits count.
    pub mode: SearchMode,
    /// Whether email addresses are searched: only for a caller who may see them.
    pub emails: bool,
    /// Whether phone numbers are searched: only for a caller who may see them.
    pub phones: bool,
}

/// Which kinds of hits a search includes, each with those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// A whole word of a name, or a whole identifier.
    Exact,
    /// The beginning of one.
    Prefix,
    /// Any part of one.
    Substring,
    /// With typing mistakes, if fewer than five users match without.
    #[default]
    Fuzzy,
}

/// A key of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    /// What is compared.
    pub by: SortBy,
    /// Whether large values come first. Users without a value come last in both directions.
    pub descending: bool,
}

/// What an order compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// The value of a field. Texts are compared by the code points of their normal form.
    Field(Field),
    /// How well a user matches the search; the best come first when descending.
    Relevance,
}

/// Which part of the result is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// Users from an offset on.
    Offset {
        /// How many users come before the page.
        offset: usize,
        /// How many users the page has at most, 1–[`MAX_LIMIT`].
        limit: usize,
    },
    /// Users after, or before, a position.
    Cursor {
        /// The position.
        cursor: Cursor,
        /// How many users the page has at most, 1–[`MAX_LIMIT`].
        limit: usize,
    },
}

/// A page of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// The users of the page, in order.
    pub hits: Vec<Hit>,
    /// How many users match, on all pages. Exact.
    pub total: usize,
    /// How many of them match without typing mistakes. In the order of relevance they come first.
    pub literal_total: usize,
    /// Which stage of the search the result includes.
    pub stage: Stage,
    /// The position after the page, if users follow.
    pub next: Option<Cursor>,
    /// The position before the page, if users precede it.
    pub previous: Option<Cursor>,
}

/// A user of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The user.
    pub id: UserId,
    /// The version of the user in the index.
    pub version: u64,
    /// How the user matches each word of the search.
    pub matches: Vec<WordMatch>,
}

/// How a user matches a word of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordMatch {
    /// The field in which the word was found.
    pub field: Field,
    /// The kind of the match.
    pub class: MatchClass,
    /// The number of typing mistakes.
    pub edits: u8,
}

/// The kind of a match, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchClass {
    /// The whole identifier, or a whole word of the name.
    Exact,
    /// The beginning.
    Prefix,
    /// Any part.
    Substring,
    /// With typing mistakes.
    Typo,
}

/// How far a search went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Only what matches without typing mistakes; also without a search.
    Literal,
    /// Also words of names, and the local parts of email addresses, with typing mistakes.
    Typo,
    /// Also parts of names, usernames and email addresses with one typing mistake.
    TypoInside,
}

/// A query that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The filter cannot be evaluated.
    #[error(transparent)]
    Filter(#[from] InvalidFilter),
    /// Users cannot be sorted, counted or listed by this field.
    #[error("`{0}` cannot be used in this way")]
    Field(Field),
    /// The limit is zero or above [`MAX_LIMIT`].
    #[error("the limit is 1 to {MAX_LIMIT}")]
    Limit,
    /// The cursor belongs to another query.
    #[error("the cursor belongs to another filter, search, sort order or caller")]
    Cursor,
    /// The search text is blank.
    #[error("the search text is empty")]
    BlankSearch,
    /// The time zone is unknown.
    #[error("`{0}` is not a time zone of the IANA database")]
    UnknownZone(String),
    /// The period has too many points, or ends before it begins.
    #[error("the period is empty or has more than {MAX_POINTS} points")]
    Period,
}

/// The most points of a growth series.
pub const MAX_POINTS: usize = 400;

impl Query {
    /// All users of a selection, the newest first.
    pub const fn new(selection: Selection) -> Self {
        Self { selection, search: None, sort: Vec::new() }
    }

    /// The order with its defaults filled in, without the id.
    pub fn order(&self) -> Vec<SortKey> {
        if !self.sort.is_empty() {
            return self.sort.clone();
        }
        match self.search {
            Some(_) => {
                let best_first = SortKey { by: SortBy::Relevance, descending: true };
                vec![best_first, SortKey::descending(Field::LastLoginAt)]
            }
            None => vec![SortKey::descending(Field::CreatedAt)],
        }
    }

    /// Whether the index can answer the query.
    ///
    /// # Errors
    /// Says what is wrong with the filter, the search or the order.
    pub fn validate(&self) -> Result<(), QueryError> {
        self.selection.validate()?;
        let blank = |search: &Search| !crate::record::is_present(&search.text);
        if self.search.as_ref().is_some_and(blank) {
            return Err(QueryError::BlankSearch);
        }
        for key in &self.sort {
            if let SortBy::Field(field) = key.by
                && !field.uses().sort
            {
                return Err(QueryError::Field(field));
            }
        }
        Ok(())
    }
}

impl Search {
    /// A search for a text in all fields.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), mode: SearchMode::Fuzzy, emails: true, phones: true }
    }
}

impl SortKey {
    /// Small values first.
    pub const fn ascending(field: Field) -> Self {
        Self { by: SortBy::Field(field), descending: false }
    }

    /// Large values first.
    pub const fn descending(field: Field) -> Self {
        Self { by: SortBy::Field(field), descending: true }
    }
}

//! The user index: filters, search, sorting, paging, totals, facets and statistics over all users.
//!
//! A staff list combines any of about fifty fields, which no index of the tables can answer. So
//! the index holds a [`UserRecord`] of every user in typed columns in memory, read from a few
//! objects of a bucket, and answers a query by looking at all of them.
//!
//! The crate does no input or output and knows no clock: storage is a trait that the caller
//! implements, and the time is an argument.

mod codec;
mod column;
mod engine;
pub mod fields;
pub mod filter;
mod index;
mod object;
pub mod protocol;
pub mod query;
pub mod record;
mod request;
mod segment;
pub mod storage;
pub mod synthetic;
pub mod text;

pub use codec::DecodeError;
pub use engine::{
    Explanation, Facet, FacetRequest, FacetValue, Granularity, Growth, GrowthPoint, GrowthRequest,
    PartExplanation, Stats, SuggestRequest, Suggestion, Suggestions, UserCounts,
};
pub use fields::{Field, Kind};
pub use filter::{EnrollmentTest, Filter, InvalidFilter, Moment, Part, Selection, Term, TextTest};
pub use index::{Changes, Index, Tombstone};
pub use object::FORMAT;
pub use record::{Enrollment, TimedPermission, UserRecord, is_present};
pub use request::{
    Cursor, Hit, InvalidCursor, KeyValue, MAX_LIMIT, MAX_POINTS, MatchClass, Page, Query,
    QueryError, Results, Search, SearchMode, SortBy, SortKey, Stage, WordMatch,
};

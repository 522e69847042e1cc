//! The answers to queries: which users match, in which order, and how many.

mod explain;
mod facets;
mod filter;
mod growth;
mod matched;
mod matching;
mod page;
mod search;
mod stats;
mod suggest;

pub use explain::{Explanation, PartExplanation};
pub use facets::{Facet, FacetRequest, FacetValue};
pub use growth::{Granularity, Growth, GrowthPoint, GrowthRequest, UserCounts};
pub use stats::Stats;
pub use suggest::{SuggestRequest, Suggestion, Suggestions};

use jiff::tz::TimeZone;
use provost_domain::Timestamp;

use crate::QueryError;

/// A time zone by its name.
fn zone(name: &str) -> Result<TimeZone, QueryError> {
    TimeZone::get(name).map_err(|_| QueryError::UnknownZone(name.to_owned()))
}

/// The date of a time in a time zone.
fn local_date(now: Timestamp, zone: &TimeZone) -> jiff::civil::Date {
    let instant = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or_default();
    zone.to_datetime(instant).date()
}

/// The first instant of a date in a time zone, in milliseconds. Where the clock skips midnight, the
/// day begins after the gap.
fn start_of_day(date: jiff::civil::Date, zone: &TimeZone) -> i64 {
    let start = zone.to_ambiguous_zoned(date.at(0, 0, 0, 0)).compatible();
    let start = start.and_then(|start| start.start_of_day());
    start.map_or(i64::MAX, |start| start.timestamp().as_millisecond())
}

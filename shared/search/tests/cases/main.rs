//! Cases that users of comparable systems reported, each with the right answer.

mod filters;
mod order;
mod search;
mod statistics;

use provost_domain::{Timestamp, UserId};
use provost_search::{Filter, Index, Page, Query, Results, Search, Selection, SortKey, UserRecord};
use ulid::Ulid;

/// A time by its RFC 3339 text.
fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn now() -> Timestamp {
    at("2026-11-29T12:00:00.000Z")
}

fn id(number: u64) -> UserId {
    UserId::new(Ulid((now().millis() as u128) << 80 | u128::from(number)))
}

/// A user without values.
fn user(number: u64) -> UserRecord {
    UserRecord::new(id(number), 1, "active", at("2026-01-01T00:00:00.000Z"))
}

/// A user with a name.
fn named(number: u64, name: &str) -> UserRecord {
    UserRecord { name: Some(name.to_owned()), ..user(number) }
}

/// Users with names, numbered from zero.
fn names(names: &[&str]) -> Index {
    let users: Vec<UserRecord> =
        names.iter().enumerate().map(|(number, name)| named(number as u64, name)).collect();
    Index::from_records(&users)
}

fn page(index: &Index, query: &Query) -> Results {
    let page = Page::Offset { offset: 0, limit: 10_000 };
    index.query(query, &page, "usr_staff", now()).expect("an answer")
}

fn numbers(results: &Results) -> Vec<u64> {
    results.hits.iter().map(|hit| (hit.id.ulid().0 & 0xffff_ffff) as u64).collect()
}

/// The users that match a filter, by number.
fn matching(index: &Index, filter: Filter) -> Vec<u64> {
    let selection = Selection::all().with_expression(filter);
    let mut found = numbers(&page(index, &Query::new(selection)));
    found.sort_unstable();
    found
}

fn search_query(text: &str) -> Query {
    Query { search: Some(Search::new(text)), ..Query::new(Selection::all()) }
}

/// The users that a search finds, the best first, by number.
fn found(index: &Index, text: &str) -> Vec<u64> {
    numbers(&page(index, &search_query(text)))
}

/// The users that a search finds without typing mistakes, by number.
fn found_literally(index: &Index, text: &str) -> Vec<u64> {
    let results = page(index, &search_query(text));
    let mut literal = numbers(&results)[..results.literal_total].to_vec();
    literal.sort_unstable();
    literal
}

fn sorted(index: &Index, key: SortKey) -> Vec<u64> {
    let mut query = Query::new(Selection::all());
    query.sort = vec![key];
    numbers(&page(index, &query))
}

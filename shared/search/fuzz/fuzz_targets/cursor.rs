//! Positions of any bytes: an error, or a page of users that are in the result.
//!
//! A stored position carries a fingerprint of its query, which random bytes never meet, so the
//! target writes the right one into each position that can be read as JSON.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use provost_domain::Timestamp;
use provost_search::{
    Cursor, Field, Filter, Index, Page, Query, Search, Selection, SortKey, synthetic::Population,
};
use serde_json::Value;

fn now() -> Timestamp {
    Timestamp::from_millis(1_795_942_800_000)
}
const CALLER: &str = "usr_staff";
const LIMIT: usize = 4;

/// A query and a position in its result.
type Case = (Query, Cursor);

fn cases() -> &'static (Index, Vec<Case>) {
    static CASES: OnceLock<(Index, Vec<Case>)> = OnceLock::new();
    CASES.get_or_init(|| {
        let population = Population { seed: 3, users: 200, now: now() };
        let users: Vec<_> = (0..200).map(|number| population.user(number, 1)).collect();
        let index = Index::from_records(&users);
        let sorted = |sort| Query { sort, ..Query::new(Selection::all()) };
        let active = Filter::any_of(Field::Status, ["active"]);
        let searched = |text| Query { search: Some(Search::new(text)), ..sorted(Vec::new()) };
        let queries = vec![
            Query::new(Selection::all()),
            Query::new(Selection::all().with("status", active)),
            sorted(vec![SortKey::ascending(Field::Name)]),
            sorted(vec![SortKey::descending(Field::Country), SortKey::ascending(Field::CreatedAt)]),
            searched("example"),
            searched("exampel gmial"),
        ];
        let first = Page::Offset { offset: 0, limit: LIMIT };
        let position = |query: Query| {
            let results = index.query(&query, &first, CALLER, now()).ok()?;
            results.next.map(|cursor| (query, cursor))
        };
        let cases: Vec<Case> = queries.into_iter().filter_map(position).collect();
        assert!(cases.len() > 3, "most of the queries have a second page");
        (index, cases)
    })
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let (_, cases) = cases();
    let at = seed as usize / 64 % cases.len();
    let position = cases[at].1.to_bytes();
    if !seed.is_multiple_of(64) && size > 16 || position.len() >= max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[0] = at as u8;
    data[1..=position.len()].copy_from_slice(&position);
    position.len() + 1
});

fuzz_target!(|bytes: &[u8]| {
    let Some((case, bytes)) = bytes.split_first() else { return };
    let (index, cases) = cases();
    let (query, own) = &cases[usize::from(*case) % cases.len()];
    if let Ok(cursor) = Cursor::from_bytes(bytes) {
        assert_eq!(Cursor::from_bytes(&cursor.to_bytes()).as_ref(), Ok(&cursor));
    }
    let Ok(Value::Object(mut position)) = serde_json::from_slice(bytes) else { return };
    let Ok(Value::Object(own)) = serde_json::from_slice(&own.to_bytes()) else { return };
    position.extend(own.into_iter().filter(|(name, _)| name == "binding"));
    let position = Value::Object(position).to_string();
    let Ok(cursor) = Cursor::from_bytes(position.as_bytes()) else { return };
    let page = Page::Cursor { cursor, limit: LIMIT };
    let Ok(results) = index.query(query, &page, CALLER, now()) else { return };
    assert!(results.hits.len() <= LIMIT.min(results.total));
    let mut ids: Vec<_> = results.hits.iter().map(|hit| hit.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), results.hits.len());
});

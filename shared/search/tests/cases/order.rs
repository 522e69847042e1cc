//! Order, pages and cursors, facets, and what a caller sees of their own changes.

use provost_search::{
    Changes, Cursor, FacetRequest, Field, Filter, Index, Page, Query, QueryError, SuggestRequest,
    Tombstone, UserRecord,
    synthetic::{Numbers, Population},
};

use super::*;

#[test]
fn users_without_a_value_come_last_in_both_directions() {
    let login =
        |number, time: Option<&str>| UserRecord { last_login_at: time.map(at), ..user(number) };
    let index = Index::from_records(&[
        login(0, None),
        login(1, Some("2026-11-01T00:00:00.000Z")),
        login(2, None),
        login(3, Some("2026-10-01T00:00:00.000Z")),
        login(4, Some("2026-11-01T00:00:00.000Z")),
    ]);
    assert_eq!(sorted(&index, SortKey::ascending(Field::LastLoginAt)), [3, 1, 4, 0, 2]);
    assert_eq!(sorted(&index, SortKey::descending(Field::LastLoginAt)), [1, 4, 3, 0, 2]);
}

#[test]
fn names_are_sorted_without_regard_to_case_and_accents() {
    let names_in_order = ["alice", "Bob", "Écueil", "elif", "von Adler", "Zoe"];
    let mut mixed = names_in_order;
    mixed.reverse();
    let index = names(&mixed);
    assert_eq!(sorted(&index, SortKey::ascending(Field::Name)), [5, 4, 3, 2, 1, 0]);
    let index = names(&["Zoe", "ada", "ADA", "Adá"]);
    assert_eq!(sorted(&index, SortKey::ascending(Field::Name)), [1, 2, 3, 0]);
    assert_eq!(sorted(&index, SortKey::descending(Field::Name)), [0, 1, 2, 3]);
}

/// All pages of a query by cursor, forwards and then backwards from the last one.
fn walk(index: &Index, query: &Query, limit: usize) -> (Vec<u64>, Vec<u64>) {
    let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
    let mut page = Page::Offset { offset: 0, limit };
    let mut previous = None;
    loop {
        let results = index.query(query, &page, "usr_staff", now()).expect("a page");
        forwards.extend(numbers(&results));
        previous = results.previous.or(previous);
        match results.next {
            Some(cursor) => page = Page::Cursor { cursor, limit },
            None => break,
        }
    }
    while let Some(cursor) = previous {
        let page = Page::Cursor { cursor, limit };
        let results = index.query(query, &page, "usr_staff", now()).expect("a page");
        backwards.splice(0..0, numbers(&results));
        previous = results.previous;
    }
    (forwards, backwards)
}

#[test]
fn equal_values_are_paged_each_once_in_both_directions() {
    let users: Vec<UserRecord> = (0..500).map(user).collect();
    let mut index = Index::from_records(&users[..450]);
    index.apply(&Changes::new(&users[450..], Vec::new()));
    for key in [
        SortKey::descending(Field::CreatedAt),
        SortKey::ascending(Field::CreatedAt),
        SortKey::ascending(Field::Status),
        SortKey::descending(Field::LastLoginAt),
    ] {
        let mut query = Query::new(Selection::all());
        query.sort = vec![key];
        let (forwards, backwards) = walk(&index, &query, 50);
        assert_eq!(forwards, (0..500).collect::<Vec<u64>>());
        assert_eq!(backwards, (0..450).collect::<Vec<u64>>());
    }
}

#[test]
fn a_border_of_pages_beside_those_without_a_value_loses_nobody() {
    let start = at("2026-11-01T00:00:00.000Z");
    let users: Vec<UserRecord> = (0..60)
        .map(|number| UserRecord {
            last_login_at: (number % 2 == 0).then(|| start.plus(number as i64)),
            ..user(number)
        })
        .collect();
    let index = Index::from_records(&users);
    for key in [SortKey::ascending(Field::LastLoginAt), SortKey::descending(Field::LastLoginAt)] {
        let whole = sorted(&index, key);
        let never: Vec<u64> = (0..60).filter(|number| number % 2 == 1).collect();
        assert_eq!(whole[30..], never, "{key:?}");
        let mut query = Query::new(Selection::all());
        query.sort = vec![key];
        for limit in [7, 29, 30, 31] {
            let (forwards, backwards) = walk(&index, &query, limit);
            assert_eq!(forwards, whole, "pages of {limit}");
            assert_eq!(backwards, whole[..59 / limit * limit], "pages of {limit}");
        }
    }
}

#[test]
fn a_cursor_goes_on_while_users_vanish_change_and_appear() {
    let mut n = Numbers::new(5);
    let letters = "abcdefghij".chars();
    let users: Vec<UserRecord> = (0..200)
        .map(|number| {
            let letter = letters.clone().nth((number % 10) as usize).expect("a letter");
            named(number, &format!("{letter} {}", number % 7))
        })
        .collect();
    for by_name in [true, false] {
        let mut index = Index::from_records(&users);
        let mut query = Query::new(Selection::all());
        let field = if by_name { Field::Name } else { Field::CreatedAt };
        query.sort = vec![SortKey::ascending(field)];
        let before = numbers(&page(&index, &query));
        let mut seen = Vec::new();
        let mut touched = Vec::new();
        let mut next = Page::Offset { offset: 0, limit: 20 };
        let mut version = 1;
        loop {
            let results = index.query(&query, &next, "usr_staff", now()).expect("a page");
            seen.extend(numbers(&results));
            let Some(cursor) = results.next.clone() else { break };
            // The whole page goes, the row under the cursor included; others are renamed.
            let gone = results.hits.iter().map(|hit| Tombstone {
                id: hit.id,
                version: u64::MAX,
                erased: true,
            });
            version += 1;
            let renamed = n.below(200);
            touched.push(renamed);
            touched.push(1_000 + version);
            let others = [
                UserRecord { version, ..named(renamed, "e 3") },
                UserRecord { version, ..named(1_000 + version, "c 1") },
            ];
            index.apply(&Changes::new(&others, gone.collect()));
            next = Page::Cursor { cursor, limit: 20 };
        }
        let stayed = |numbers: &[u64]| -> Vec<u64> {
            numbers.iter().copied().filter(|number| !touched.contains(number)).collect()
        };
        assert_eq!(stayed(&seen), stayed(&before));
    }
}

#[test]
fn a_cursor_belongs_to_its_query_and_its_caller() {
    let index = names(&["Ada", "Bob", "Cleo", "Ada B"]);
    let query =
        Query::new(Selection::all().with("status", Filter::any_of(Field::Status, ["active"])));
    let results =
        index.query(&query, &Page::Offset { offset: 0, limit: 1 }, "usr_a", now()).expect("a page");
    let cursor = results.next.expect("a next page");
    let cursor = Cursor::from_bytes(&cursor.to_bytes()).expect("a cursor");
    let ask = |query: &Query, caller: &str, limit| {
        let page = Page::Cursor { cursor: cursor.clone(), limit };
        index.query(query, &page, caller, now()).map(|results| results.hits.len())
    };
    assert_eq!(ask(&query, "usr_a", 2), Ok(2));
    assert_eq!(ask(&query, "usr_b", 2), Err(QueryError::Cursor));
    let mut other = query.clone();
    other.sort = vec![SortKey::ascending(Field::Name)];
    assert_eq!(ask(&other, "usr_a", 2), Err(QueryError::Cursor));
    assert_eq!(ask(&search_query("ada"), "usr_a", 2), Err(QueryError::Cursor));
    assert_eq!(ask(&Query::new(Selection::all()), "usr_a", 2), Err(QueryError::Cursor));
    for limit in [0, 10_001] {
        assert_eq!(ask(&query, "usr_a", limit), Err(QueryError::Limit));
    }
}

#[test]
fn totals_are_exact_and_the_last_page_is_reached_by_number_and_by_cursor() {
    let population = Population { seed: 1, users: 10_001, now: now() };
    let users: Vec<UserRecord> = (0..10_001).map(|number| population.user(number, 1)).collect();
    let index = Index::from_records(&users);
    let query = Query::new(Selection::all());
    let ask = |offset| {
        let page = Page::Offset { offset, limit: 50 };
        index.query(&query, &page, "usr_staff", now()).expect("a page")
    };
    let last = ask(10_000);
    assert_eq!((last.hits.len(), last.total, last.next.is_some()), (1, 10_001, false));
    let beyond = ask(20_000);
    assert_eq!((beyond.hits.len(), beyond.total), (0, 10_001));
    let (forwards, _) = walk(&index, &query, 500);
    assert_eq!(forwards.len(), 10_001);
}

#[test]
fn a_hundred_thousand_users_are_counted_and_paged_to_the_last() {
    for count in [5_001_usize, 100_001] {
        let users: Vec<UserRecord> = (0..count as u64).map(user).collect();
        let index = Index::from_records(&users);
        let query = Query::new(Selection::all());
        let ask = |page| index.query(&query, &page, "usr_staff", now()).expect("a page");
        let last = ask(Page::Offset { offset: count - 1, limit: 50 });
        assert_eq!(numbers(&last), [count as u64 - 1]);
        assert_eq!((last.total, last.next.is_some()), (count, false));
        let (mut seen, mut next) = (Vec::new(), Page::Offset { offset: 0, limit: 3_000 });
        loop {
            let results = ask(next);
            assert_eq!(results.total, count);
            seen.extend(numbers(&results));
            match results.next {
                Some(cursor) => next = Page::Cursor { cursor, limit: 3_000 },
                None => break,
            }
        }
        assert!(seen.into_iter().eq(0..count as u64), "each of {count} once");
    }
}

#[test]
fn only_sortable_fields_sort_and_only_countable_fields_are_counted() {
    let index = names(&["Ada"]);
    let mut query = Query::new(Selection::all());
    query.sort = vec![SortKey::ascending(Field::Phone)];
    let first = Page::Offset { offset: 0, limit: 1 };
    let refused = index.query(&query, &first, "usr_staff", now());
    assert_eq!(refused, Err(QueryError::Field(Field::Phone)));
    let facet = [FacetRequest::new(Field::Email)];
    let refused = index.facets(&Query::new(Selection::all()), &facet, now());
    assert_eq!(refused, Err(QueryError::Field(Field::Email)));
}

#[test]
fn a_facet_ignores_its_own_parameter_and_obeys_the_others() {
    let at_city = |number, city: &str, status: &str| UserRecord {
        city: Some(city.to_owned()),
        status: status.to_owned(),
        ..user(number)
    };
    let index = Index::from_records(&[
        at_city(0, "Dhaka", "active"),
        at_city(1, "dhaka", "active"),
        at_city(2, "Dhaka", "inactive"),
        at_city(3, "Sylhet", "active"),
    ]);
    let query = Query::new(
        Selection::all()
            .with("city", Filter::any_of(Field::City, ["Sylhet"]))
            .with("status", Filter::any_of(Field::Status, ["active"])),
    );
    let requests = [FacetRequest::new(Field::City), FacetRequest::new(Field::Status)];
    let facets = index.facets(&query, &requests, now()).expect("facets");
    let counts = |at: usize| -> Vec<(&str, u64)> {
        facets[at].values.iter().map(|value| (value.value.as_str(), value.count)).collect()
    };
    // Two spellings are one value, as in a filter.
    assert_eq!(counts(0), [("Dhaka", 2), ("Sylhet", 1)]);
    assert_eq!(counts(1), [("active", 1)]);
}

#[test]
fn suggestions_begin_with_what_was_typed_and_leave_out_rare_values() {
    let works_as = |number, designation: &str| UserRecord {
        designation: Some(designation.to_owned()),
        ..user(number)
    };
    let mut users: Vec<UserRecord> =
        (0..6).map(|number| works_as(number, "Senior Data Analyst")).collect();
    users.extend((6..8).map(|number| works_as(number, "Data Analyst")));
    users.push(works_as(8, "Prélat"));
    let index = Index::from_records(&users);
    let suggest = |text: &str, min_count| {
        let field = Field::Designation;
        let request =
            SuggestRequest { field, text: text.to_owned(), min_count, offset: 0, limit: 10 };
        let found = index.suggest(&Query::new(Selection::all()), &request, now());
        let found = found.expect("suggestions");
        found.values.into_iter().map(|value| (value.value, value.count)).collect::<Vec<_>>()
    };
    let data = ("Data Analyst".to_owned(), 2);
    let senior = ("Senior Data Analyst".to_owned(), 6);
    assert_eq!(suggest("data", 1), [data, senior.clone()]);
    assert_eq!(suggest("data", 5), std::slice::from_ref(&senior));
    assert_eq!(suggest("SENIOR da", 5), [senior]);
    assert_eq!(suggest("prelat", 1).len(), 1);
}

#[test]
fn a_caller_sees_their_own_changes_at_once() {
    let index = names(&["Ada", "Bob"]);
    let created = UserRecord { version: 1, ..named(9, "Cleo") };
    let after = index.with_overlay(&[created], &[]);
    assert_eq!(found(&after, "cleo"), [9]);
    assert_eq!(page(&after, &Query::new(Selection::all())).total, 3);
    let renamed = UserRecord { version: 2, ..named(0, "Adele") };
    let after = index.with_overlay(&[renamed], &[id(1)]);
    assert_eq!(found(&after, "ada"), Vec::<u64>::new());
    assert_eq!(found(&after, "adele"), [0]);
    assert_eq!(page(&after, &Query::new(Selection::all())).total, 1);
    // Others see the index as it is, and an older record changes nothing.
    assert_eq!(page(&index, &Query::new(Selection::all())).total, 2);
    let newer = Index::from_records(&[UserRecord { version: 5, ..named(0, "Adele") }]);
    let older = newer.with_overlay(&[named(0, "Ada")], &[]);
    assert_eq!(found(&older, "adele"), [0]);
}

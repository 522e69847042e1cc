//! Search text, order, page and links.

use provost_search::{
    Field,
    query::{PageStart, SearchMode, SortBy, SortKey, parameters},
};

use crate::world::*;

fn order(query: &str) -> Vec<SortKey> {
    read(query).unwrap_or_else(|error| panic!("{query}: {error:?}")).sort
}

fn by(field: Field, descending: bool) -> SortKey {
    SortKey { by: SortBy::Field(field), descending }
}

#[test]
fn a_page_or_limit_out_of_range_is_refused() {
    for value in ["0", "-1", "201", "1.5", "x", "1e2", "%2B5", "99999999999999999999"] {
        assert_eq!(refused(&format!("limit={value}")), ("limit".to_owned(), "invalid"));
        assert_eq!(refused(&format!("page_size={value}")), ("page_size".to_owned(), "invalid"));
    }
    for value in ["0", "-1", "1.5", "x", "4294967296"] {
        assert_eq!(refused(&format!("page={value}")), ("page".to_owned(), "invalid"));
    }
    assert_eq!(refused("limit=5&page_size=5").1, "repeated");
    assert_eq!(refused("page=1&page=2").1, "repeated");
    assert_eq!(refused("page=1&cursor=abc"), ("cursor".to_owned(), "contradiction"));
    let list = read("page=4001&limit=200").unwrap();
    assert_eq!((list.start, list.limit), (PageStart::Page(4001), 200));
    let list = read("").unwrap();
    assert_eq!((list.start, list.limit), (PageStart::Page(1), 25));
    assert_eq!(read("cursor=a%2Bb").unwrap().start, PageStart::Cursor("a+b".to_owned()));
}

#[test]
fn an_order_names_fields_once_each() {
    assert_eq!(order(""), [by(Field::CreatedAt, true)]);
    assert_eq!(order("search=x"), [SortKey { by: SortBy::Relevance, descending: true }]);
    assert_eq!(
        order("sort=-last_login_at,name"),
        [by(Field::LastLoginAt, true), by(Field::Name, false)]
    );
    assert_eq!(order("sort_by=name&sort_order=desc"), [by(Field::Name, true)]);
    assert_eq!(order("sort_by=name"), [by(Field::Name, false)]);
    for (query, name, code) in [
        ("sort=name,-name", "sort", "invalid"),
        ("sort=city", "sort", "unknown_value"),
        ("sort=--name", "sort", "unknown_value"),
        ("sort=-relevance", "sort", "incomplete"),
        ("sort_order=asc", "sort_order", "incomplete"),
        ("sort=name&sort_by=name", "sort", "contradiction"),
        ("sort=name&sort_order=asc", "sort", "contradiction"),
        ("sort_by=name&sort_order=up", "sort_order", "unknown_value"),
    ] {
        assert_eq!(refused(query), (name.to_owned(), code), "{query}");
    }
}

#[test]
fn a_search_text_is_taken_literally() {
    for (query, text) in [
        ("search=a,b", "a,b"),
        ("search=+%09de+Bruin%0A", "de Bruin"),
        ("search=%22", "\""),
        ("search=test_", "test_"),
        ("search=rana%2Blms@example.org", "rana+lms@example.org"),
        ("search=%F0%9F%8E%A7", "🎧"),
    ] {
        assert_eq!(read(query).unwrap().search.unwrap().text, text);
    }
    let search = read("search=x&search_mode=prefix").unwrap().search.unwrap();
    assert_eq!(search.mode, SearchMode::Prefix);
    assert_eq!(refused("search_mode=prefix"), ("search_mode".to_owned(), "incomplete"));
    assert_eq!(refused(&format!("search={}", "x".repeat(201))).1, "invalid");
    assert!(read(&format!("search={}", "ä".repeat(200))).is_ok());
    assert_eq!(refused("search=a&search=b").1, "repeated");
}

#[test]
fn a_route_adds_parameters_of_its_own() {
    let parse = |query| {
        with_vocabulary(true, |vocabulary| {
            parameters::parse(query, &["format", "columns"], vocabulary)
        })
    };
    let list = parse("columns=id,name&format=csv&status=active").unwrap();
    assert_eq!(list.extras["columns"], ["id", "name"]);
    assert_eq!(list.extras["format"], ["csv"]);
    assert_eq!(read("format=csv").expect_err("unknown").code.as_str(), "UNKNOWN_PARAMETER");
}

#[test]
fn a_link_to_another_page_asks_for_the_same_users() {
    let query =
        "role=editor&city.not=a%2Cb,c+d&search=%26x%3D1&filter=city+eq+%22A%22&page=2&tz=UTC";
    let list = read(query).unwrap();
    let next = PageStart::Cursor("x/y+z=".to_owned());
    let linked = read(&list.query_string(&next)).unwrap();
    assert_eq!(linked.start, next);
    assert_eq!(linked.selection, list.selection);
    assert_eq!(linked.search, list.search);
    assert_eq!(read(&list.query_string(&list.start)).unwrap(), list);
}

#[test]
fn explanations_and_missing_services_are_asked_for_by_name() {
    let list = read("explain=true&on_unavailable=skip").unwrap();
    assert!(list.explain && list.skip_unavailable);
    let list = read("explain=false&on_unavailable=error").unwrap();
    assert!(!list.explain && !list.skip_unavailable);
    assert_eq!(refused("explain=1").1, "unknown_value");
}

#[test]
fn too_many_different_parameters_are_refused() {
    let names: Vec<String> = (0..65).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let parse = |count: usize| {
        let query: Vec<String> = names[..count].iter().map(|name| format!("{name}=1")).collect();
        with_vocabulary(true, |vocabulary| parameters::parse(&query.join("&"), &names, vocabulary))
    };
    assert!(parse(64).is_ok());
    assert_eq!(named(parse(65)), ("p64".to_owned(), "too_many_filter_values"));
}

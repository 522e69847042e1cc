//! The parameters of the staff list, which mean the same filters by other names.

use provost_domain::{ApiError, Code};
use provost_search::{
    Field, UserRecord,
    query::{ListQuery, PageStart, SearchMode, SortBy, admin},
};

use crate::{matcher::matches, world::*};

fn parse(query: &str) -> Result<ListQuery, ApiError> {
    with_vocabulary(true, |vocabulary| admin::parse(query, vocabulary))
}

fn listed(users: &[UserRecord], query: &str) -> String {
    let filter = parse(query).unwrap().selection.filter();
    let found = users.iter().filter(|user| matches(user, &filter, time(NOW)));
    found.filter_map(|user| user.name.clone()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_ban_is_a_status_of_its_own_and_deleted_users_are_listed() {
    let mut users = users();
    let mut felix = user("Felix", NOW);
    felix.status = "suspended".to_owned();
    felix.suspension_kind = Some("suspension".to_owned());
    felix.suspended_until = Some(time("2026-11-28T18:30:00.001Z"));
    users.push(felix);
    assert_eq!(listed(&users, ""), "Ada Bela Cleo Dora Eve Felix");
    assert_eq!(listed(&users, "status=banned"), "Bela");
    assert_eq!(listed(&users, "status=suspended"), "Felix");
    users[5].suspended_until = Some(time(NOW));
    users[5].status_before = Some("inactive".to_owned());
    assert_eq!(listed(&users, "status=suspended"), "");
    assert!(listed(&users, "status=inactive").contains("Felix"));
    assert!(!listed(&users, "status=active").contains("Felix"));
    assert_eq!(listed(&users, "status=deleted"), "Cleo");
    assert_eq!(listed(&users, "role=staff"), "Bela");
    assert_eq!(listed(&users, "role=STAFF"), "Bela");
}

#[test]
fn the_time_of_creation_is_exclusive() {
    assert_eq!(listed(&users(), "createdAfter=2026-11-27T00:00:00Z"), "Eve");
    assert_eq!(listed(&users(), "createdAfter=2026-11-26T23:59:59.999Z"), "Cleo Eve");
    assert!(sentence(parse("createdAfter=2026-11-01T00:00:00+06:00")).contains("%2B"));
}

#[test]
fn the_order_by_sign_in_needs_the_right_to_see_it() {
    let parse = |query| with_vocabulary(false, |vocabulary| admin::parse(query, vocabulary));
    let refused = parse("sort=active").expect_err("a hidden order");
    assert_eq!((refused.code, refused.fields[0].field.as_str()), (Code::PermissionDenied, "sort"));
    assert!(parse("sort=recent").is_ok());
}

#[test]
fn order_page_and_search_are_those_of_the_list() {
    let list = parse("search=ada&sort=active&page=3").unwrap();
    assert_eq!(list.search.unwrap().mode, SearchMode::Fuzzy);
    assert_eq!(list.sort[0].by, SortBy::Field(Field::LastLoginAt));
    assert_eq!((list.start, list.limit), (PageStart::Page(3), 50));
    let by = |query| parse(query).unwrap().sort[0].by;
    assert_eq!(by(""), SortBy::Field(Field::CreatedAt));
    assert_eq!(by("search=ada"), SortBy::Relevance);
    assert_eq!(by("search=ada&sort=recent"), SortBy::Field(Field::CreatedAt));
    assert_eq!(by("sort=storage-usage"), SortBy::Field(Field::StorageUsed));
    let list = parse("role=admin&status=active&limit=10").unwrap();
    let next = PageStart::Cursor("x".to_owned());
    assert_eq!(list.query_string(&next), "role=admin&status=active&limit=10&cursor=x");
}

#[test]
fn parameters_of_the_directory_are_unknown_here() {
    for query in ["created_after=2026-11-27", "page_size=5", "country=BD", "tz=UTC", "filter=x"] {
        assert_eq!(parse(query).expect_err(query).code, Code::UnknownParameter);
    }
    for query in [
        "search=a%00b",
        "status=",
        "status=active&status=banned",
        "role=root",
        "sort=name",
        "limit=0",
    ] {
        assert_eq!(parse(query).expect_err(query).code, Code::ValidationFailed, "{query}");
    }
}

//! Which users a bulk action is about.

use provost_domain::ApiError;
use provost_search::query::selection::{self, BulkSelection, MAX_IDS, SelectionBody};
use serde_json::{Value, json};

use crate::world::*;

fn select(body: Value) -> Result<BulkSelection, ApiError> {
    let body: SelectionBody = serde_json::from_value(body).unwrap();
    with_vocabulary(true, |vocabulary| selection::read(&body, vocabulary))
}

#[test]
fn an_empty_set_is_nobody_and_never_everybody() {
    for (body, field) in [
        (json!({"filter": {"ids": []}}), "filter.ids"),
        (json!({"filter": {"roles": []}}), "filter.roles"),
        (json!({"filter": {"status": ""}}), "filter.status"),
        (json!({"filter": {"city": ["Dhaka", " "]}}), "filter.city"),
        (json!({"user_ids": []}), "user_ids"),
    ] {
        assert_eq!(named(select(body)), (field.to_owned(), "empty_filter_value"));
    }
    assert_eq!(named(select(json!({}))), ("user_ids".to_owned(), "required"));
    assert_eq!(named(select(json!({"user_ids": null}))), ("user_ids".to_owned(), "required"));
}

#[test]
fn everybody_is_meant_only_if_the_caller_says_so() {
    for filter in [json!({}), json!({"status": "all"}), json!({"tz": "UTC"})] {
        let body = json!({"filter": filter});
        assert_eq!(named(select(body)), ("filter".to_owned(), "match_all_required"));
        assert!(select(json!({"filter": filter, "match_all": true})).is_ok());
        assert!(select(json!({"filter": filter, "match_all": false})).is_err());
    }
    let id = user("Ada", NOW).id;
    for body in [
        json!({"user_ids": [id], "match_all": true}),
        json!({"filter": {"city": "A"}, "match_all": true}),
        json!({"user_ids": [id], "filter": {"city": "A"}}),
        json!({"user_ids": [id], "exclude_ids": [id]}),
    ] {
        assert_eq!(named(select(body)).1, "contradiction");
    }
}

#[test]
fn a_filter_means_the_same_as_the_query_of_the_list() {
    for (filter, query) in [
        (json!({"status": ["active", "suspended"]}), "status=active,suspended"),
        (json!({"is_admin": true, "city.not": "a,b"}), "is_admin=true&city.not=a%2Cb"),
        (json!({"age_min": 18, "tz": "Asia/Dhaka"}), "age_min=18&tz=Asia/Dhaka"),
        (json!({"progress_min": 62.5}), "progress_min=62.5"),
        (
            json!({"created_after": "2026-11-01T00:00:00+06:00"}),
            "created_after=2026-11-01T00:00:00%2B06:00",
        ),
        (json!({"filter": "city pr"}), "filter=city+pr"),
        (json!({"role": "editor", "roles_match": "all"}), "role=editor&roles_match=all"),
    ] {
        let list = read(query).unwrap();
        let Ok(BulkSelection::Matching { selection, search: None, .. }) =
            select(json!({"filter": filter}))
        else {
            panic!("{filter}")
        };
        // The fields of an object have no order.
        assert_eq!(selection.fingerprint(), list.selection.fingerprint(), "{filter}");
    }
    let body = json!({"filter": {"search": "de Bruin", "search_mode": "exact"}});
    let Ok(BulkSelection::Matching { search, .. }) = select(body) else { panic!() };
    assert_eq!(search.unwrap().text, "de Bruin");
}

#[test]
fn a_field_of_another_type_or_name_is_refused() {
    for (filter, field) in [
        (json!({"is_admin": "true"}), "filter.is_admin"),
        (json!({"is_admin": 1}), "filter.is_admin"),
        (json!({"is_admin": [true]}), "filter.is_admin"),
        (json!({"age_min": "18"}), "filter.age_min"),
        (json!({"age_min": 18.5}), "filter.age_min"),
        (json!({"age_min": -1}), "filter.age_min"),
        (json!({"city": 5}), "filter.city"),
        (json!({"city": null}), "filter.city"),
        (json!({"city": {"eq": "x"}}), "filter.city"),
        (json!({"status": ["active", ["x"]]}), "filter.status"),
        (json!({"created_after": 1700000000}), "filter.created_after"),
        (json!({"on_unavailable": "skip", "city": "x"}), "filter.on_unavailable"),
    ] {
        assert_eq!(named(select(json!({"filter": filter}))), (field.to_owned(), "invalid"));
    }
    for name in ["page", "limit", "sort", "cursor", "explain", "statuss", "format"] {
        assert_eq!(named(select(json!({"filter": {name: "1"}}))), (name.to_owned(), "unknown"));
    }
}

#[test]
fn ids_are_kept_in_order_and_all_of_them_or_none() {
    let (ada, bela) = (user("Ada", NOW).id, user("Bela", NOW).id);
    let lower = ada.to_string().to_lowercase();
    let body = json!({"user_ids": [bela, lower, bela]});
    assert_eq!(select(body), Ok(BulkSelection::Users(vec![bela, ada, bela])));
    let wrong = json!({"user_ids": [ada, "usr_1"]});
    assert_eq!(named(select(wrong)), ("user_ids[1]".to_owned(), "invalid"));
    let ids = vec![ada; MAX_IDS];
    assert!(select(json!({"user_ids": ids})).is_ok());
    let ids = vec![ada; MAX_IDS + 1];
    assert_eq!(named(select(json!({"user_ids": ids}))).1, "too_many_filter_values");
    let body = json!({"filter": {"city": "Dhaka"}, "exclude_ids": [ada, ada]});
    let Ok(BulkSelection::Matching { exclude, .. }) = select(body) else { panic!() };
    assert_eq!(exclude.into_iter().collect::<Vec<_>>(), [ada]);
}

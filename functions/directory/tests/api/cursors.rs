//! Pages of `GET /v1/users` by cursor, in both directions, and the total alone.

use bytes::Bytes;
use http::Method;
use provost_domain::BuiltInRole;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

/// The users of a page by name, with its cursors.
async fn page(staff: &Someone<'_>, query: &str) -> (Vec<String>, Value, Value) {
    let page = staff.get(&format!("/v1/users?sort=created_at&limit=3&{query}")).await.ok();
    let name = |user: &Value| user["email"].as_str().unwrap_or_default().to_owned();
    let names = page["data"].as_array().expect("users").iter().map(name).collect();
    let pagination = &page["pagination"];
    (names, pagination["next_cursor"].clone(), pagination["prev_cursor"].clone())
}

#[tokio::test]
async fn users_of_one_moment_come_once_each_forwards_and_backwards() {
    let world = World::of(crate::users::functions).await;
    let staff = world.staff("sten", BuiltInRole::Admin).await;
    for name in ["ada", "bob", "cleo", "dora", "eve", "finn", "gus"] {
        world.person(name).await;
    }
    world.settle().await;
    world.pass(2_000).await;

    let (mut forwards, mut cursor, first) = page(&staff, "").await;
    assert_eq!(first, Value::Null, "nothing comes before the first page");
    let mut last_prev = Value::Null;
    while let Some(next) = cursor.as_str() {
        let (names, next, prev) = page(&staff, &format!("cursor={next}")).await;
        forwards.extend(names);
        (cursor, last_prev) = (next, prev);
    }
    assert_eq!(forwards.len(), 8);

    // From the start of the last page back to the first.
    let mut backwards = Vec::new();
    while let Some(prev) = last_prev.as_str() {
        let (names, _, prev) = page(&staff, &format!("cursor={prev}")).await;
        backwards.splice(0..0, names);
        last_prev = prev;
    }
    assert_eq!(backwards, forwards[..6]);
}

#[tokio::test]
async fn a_head_request_gets_the_total_alone() {
    let world = World::of(crate::users::functions).await;
    let staff = world.staff("sten", BuiltInRole::Admin).await;
    world.person("ada").await;
    world.settle().await;
    world.pass(2_000).await;
    let head = staff.ask(Method::HEAD, "/v1/users", "", Bytes::new()).await;
    assert_eq!(head.header("x-total-count"), "2");
    assert_eq!(head.text(), "");
    let list = staff.get("/v1/users?limit=1").await;
    assert_eq!(list.header("x-total-count"), "2");
}

#[tokio::test]
async fn a_list_that_is_cut_says_so_without_any_parameter() {
    let world = World::of(crate::users::functions).await;
    let staff = world.staff("sten", BuiltInRole::Admin).await;
    for number in 0..30 {
        world.person(&format!("person{number:02}")).await;
    }
    world.settle().await;
    world.pass(2_000).await;
    let first = staff.get("/v1/users").await.ok();
    assert_eq!(first["data"].as_array().map(Vec::len), Some(25));
    assert_eq!(first["pagination"]["total"], 31);
    let cursor = first["pagination"]["next_cursor"].as_str().expect("there are more");
    let rest = staff.get(&format!("/v1/users?cursor={cursor}")).await.ok();
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(6));
    assert_eq!(rest["pagination"]["total"], 31);
    assert!(rest["pagination"]["next_cursor"].is_null(), "this is the last page");
    // A page that was asked for by number does the same, and one after the last is empty.
    let second = staff.get("/v1/users?page=2").await.ok();
    assert_eq!(second["data"], rest["data"]);
    let beyond = staff.get("/v1/users?page=3").await.ok();
    assert_eq!((&beyond["data"], &beyond["pagination"]["total"]), (&json!([]), &json!(31)));
    for wrong in ["limit=0", "limit=-1", "limit=201", "limit=1.5", "page=0", "page=-1"] {
        staff.get(&format!("/v1/users?{wrong}")).await.is(422, "VALIDATION_FAILED");
    }
    let query = format!("/v1/users?page=1&cursor={cursor}");
    staff.get(&query).await.is(422, "VALIDATION_FAILED");
    let query = format!("/v1/users?status=inactive&cursor={cursor}");
    staff.get(&query).await.is(422, "VALIDATION_FAILED");
}

//! `/v1/views`: saved views of the list of users.

use provost_domain::{BuiltInRole, Permission};
use provost_testkit::World;
use serde_json::json;

use super::users::functions;

const VIEWS: &str = "/v1/views";

#[tokio::test]
async fn a_view_is_saved_listed_used_and_deleted() {
    let world = World::of(functions).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.person("ada").await;
    world.settle().await;
    let query = "status=active&sort=-name&search=ada";
    let made = root.post(VIEWS, json!({ "name": "Ada's", "query": query })).await;
    let location = made.header("location");
    let made = made.status(201);
    assert_eq!((&made["name"], &made["query"]), (&json!("Ada's"), &json!(query)));
    let list = root.get(VIEWS).await.ok();
    assert_eq!((&list["data"], &list["pagination"]["total"]), (&json!([made]), &json!(1)));
    let saved = list["data"][0]["query"].as_str().expect("a query");
    assert_eq!(root.get(&format!("/v1/users?{saved}")).await.ok()["pagination"]["total"], 1);
    let other = world.staff("other", BuiltInRole::RootAdmin).await;
    assert_eq!(other.get(VIEWS).await.ok()["data"], json!([]));
    other.delete(&location).await.is(404, "NOT_FOUND");
    root.delete(&location).await.status(204);
    root.delete(&location).await.is(404, "NOT_FOUND");
    assert_eq!(root.get(VIEWS).await.ok()["data"], json!([]));
}

#[tokio::test]
async fn a_view_that_the_list_would_refuse_is_not_saved() {
    let world = World::of(functions).await;
    let staff = world.staff("sten", BuiltInRole::Staff).await;
    for (body, field) in [
        (json!({ "name": "x", "query": "status=" }), "status"),
        (json!({ "name": "x", "query": "role=no-such-role" }), "role"),
        (json!({ "name": "x", "query": "status=active&page=2" }), "page"),
        (json!({ "name": "x", "query": "" }), "query"),
        (json!({ "name": "x", "query": format!("search={}", "x".repeat(5_000)) }), "query"),
        (json!({ "name": "", "query": "status=active" }), "name"),
        (json!({ "name": "x".repeat(65), "query": "status=active" }), "name"),
        (json!({ "name": "x", "query": "status=active", "shared": "yes" }), "shared"),
    ] {
        let refused = staff.post(VIEWS, body).await.status(422);
        assert_eq!(refused["errors"][0]["field"], field);
    }
    staff
        .post(VIEWS, json!({ "name": "x", "query": "statuss=x" }))
        .await
        .is(400, "UNKNOWN_PARAMETER");
    staff
        .post(VIEWS, json!({ "name": "x", "query": "age_min=18" }))
        .await
        .is(403, "PERMISSION_DENIED");
    assert_eq!(staff.get(VIEWS).await.ok()["data"], json!([]));
}

#[tokio::test]
async fn names_are_unique_and_views_are_bounded() {
    let world = World::of(functions).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let view = |name: &str| json!({ "name": name, "query": "status=active" });
    root.post(VIEWS, view("Active")).await.status(201);
    let refused = root.post(VIEWS, view("ACTIVE")).await.is(409, "ALREADY_EXISTS");
    assert_eq!(refused["field"], "name");
    for number in 1..50 {
        root.post(VIEWS, view(&format!("View {number}"))).await.status(201);
    }
    root.post(VIEWS, view("One more")).await.is(409, "INVALID_ACTION");
    let page = root.get(&format!("{VIEWS}?limit=20&page=3")).await.ok();
    assert_eq!(
        (page["data"].as_array().expect("rows").len(), &page["pagination"]["total"]),
        (10, &json!(50))
    );
}

#[tokio::test]
async fn only_who_may_list_users_has_views() {
    let world = World::of(functions).await;
    let ada = world.person("ada").await;
    let clerk = world.staff("clerk", BuiltInRole::Staff).await;
    world.edit(clerk.id, |user| user.denials.extend([Permission::UserList])).await;
    let body = json!({ "name": "x", "query": "status=active" });
    world.anyone().post(VIEWS, body.clone()).await.is(401, "UNAUTHENTICATED");
    ada.post(VIEWS, body.clone()).await.is(403, "ADMIN_REQUIRED");
    clerk.post(VIEWS, body).await.is(403, "PERMISSION_DENIED");
    clerk.get(VIEWS).await.is(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn a_shared_view_is_seen_by_all_staff_and_changed_by_few() {
    let world = World::of(functions).await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (root, sten) = (
        world.staff("root", BuiltInRole::RootAdmin).await,
        world.staff("sten", BuiltInRole::Staff).await,
    );
    let body = json!({ "name": "Adults", "query": "age_min=18", "shared": true });
    let made = grace.post(VIEWS, body).await;
    let location = made.header("location");
    let made = made.status(201);
    assert_eq!((&made["shared"], &made["is_own"]), (&json!(true), &json!(true)));
    grace.post(VIEWS, json!({ "name": "Mine", "query": "status=active" })).await.status(201);
    let listed = root.get(VIEWS).await.ok();
    assert_eq!(listed["pagination"]["total"], 1, "the private one is not there");
    let row = &listed["data"][0];
    assert_eq!(
        (&row["query"], &row["is_own"], &row["is_usable"], &row["owner_id"]),
        (&json!("age_min=18"), &json!(false), &json!(true), &json!(grace.id))
    );
    assert_eq!(row["owner_name"], "grace Lindqvist");
    // Who may not use it sees that it is there, and not what it asks for.
    let row = &sten.get(VIEWS).await.ok()["data"][0];
    assert_eq!((&row["is_usable"], &row["redacted"]), (&json!(false), &json!(["query"])));
    assert!(row.get("query").is_none() && row["refusal"].is_string(), "{row}");
    sten.get("/v1/users?age_min=18").await.is(403, "PERMISSION_DENIED");
    for refused in
        [sten.delete(&location).await, sten.patch(&location, json!({ "name": "Sten's" })).await]
    {
        assert_eq!(refused.is(403, "PERMISSION_DENIED")["missing"], json!(["settings.write"]));
    }
    let changed = root.patch(&location, json!({ "name": "Of age" })).await.ok();
    assert_eq!((&changed["name"], &changed["owner_id"]), (&json!("Of age"), &json!(grace.id)));
    assert_eq!(grace.get(VIEWS).await.ok()["data"][0]["name"], "Of age");
    let taken = root.patch(&location, json!({ "name": "MINE" })).await;
    assert_eq!(taken.is(409, "ALREADY_EXISTS")["field"], "name");
    // Private again, it is gone for everybody else.
    let changed = grace.patch(&location, json!({ "shared": false })).await.ok();
    assert_eq!(changed["shared"], false);
    assert_eq!(root.get(VIEWS).await.ok()["data"], json!([]));
    root.delete(&location).await.is(404, "NOT_FOUND");
    root.patch(&location, json!({ "name": "x" })).await.is(404, "NOT_FOUND");
    grace.patch(&location, json!({ "shared": true })).await.ok();
    root.delete(&location).await.status(204);
    assert_eq!(grace.get(VIEWS).await.ok()["pagination"]["total"], 1);
}

#[tokio::test]
async fn a_view_is_changed_only_to_what_the_list_accepts() {
    let world = World::of(functions).await;
    let sten = world.staff("sten", BuiltInRole::Staff).await;
    let made = sten.post(VIEWS, json!({ "name": "x", "query": "status=active" })).await;
    let location = made.header("location");
    let made = made.status(201);
    for (body, field) in [
        (json!({ "query": "status=" }), "status"),
        (json!({ "query": "" }), "query"),
        (json!({ "query": "status=active&page=2" }), "page"),
        (json!({ "name": "" }), "name"),
        (json!({ "owner_id": "usr_1" }), "owner_id"),
    ] {
        let refused = sten.patch(&location, body).await.status(422);
        assert_eq!(refused["errors"][0]["field"], field);
    }
    sten.patch(&location, json!({ "query": "age_min=18" })).await.is(403, "PERMISSION_DENIED");
    let same = sten.patch(&location, json!({ "name": "x" })).await.ok();
    assert_eq!((&same["name"], &same["query"]), (&made["name"], &made["query"]));
    let changed = sten.patch(&location, json!({ "name": "X", "query": "status=inactive" })).await;
    let changed = changed.ok();
    assert_eq!((&changed["name"], &changed["query"]), (&json!("X"), &json!("status=inactive")));
    assert_eq!(sten.get(VIEWS).await.ok()["data"], json!([changed]));
}

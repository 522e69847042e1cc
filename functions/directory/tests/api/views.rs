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
        (json!({ "name": "x", "query": "status=active", "shared": true }), "shared"),
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

//! Counts and values from the user index.

use provost_app::App;
use provost_directory::Bucket;
use provost_domain::BuiltInRole;
use provost_local::Function;
use provost_search::protocol::Manifest;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

pub fn functions(app: &App) -> Vec<Function> {
    vec![
        Function::http("directory", fn_directory::routes().router(app.clone())),
        Function::http("staff-users", fn_staff_users::routes().router(app.clone())),
        Function::worker_over("index-worker", app, fn_index_worker::handle),
        Function::worker_over("outbox", app, fn_outbox::handle),
    ]
}

async fn world() -> World {
    World::of(functions).await
}

const STATS: &str = "/v1/users/stats";

fn count(values: &Value, field: &str, value: &str) -> u64 {
    let values = values["data"][field].as_array().expect("a list of values");
    let found = values.iter().find(|counted| counted["value"] == value);
    found.map_or(0, |counted| counted["count"].as_u64().expect("a number"))
}

#[tokio::test]
async fn a_new_user_is_counted_once_the_stream_was_read() {
    let world = world().await;
    let staff = world.staff("sten", BuiltInRole::Admin).await;
    world.settle().await;
    assert_eq!(staff.get(STATS).await.ok()["total"], 1);
    world.person("ada").await;
    world.settle().await;
    world.pass(2_000).await;
    let stats = staff.get(STATS).await.ok();
    assert_eq!(stats["total"], 2);
    assert_eq!(stats["by_type"]["admin"], 1);
}

#[tokio::test]
async fn without_an_index_the_answer_is_that_it_is_being_made() {
    let world = world().await;
    let staff = world.staff("sten", BuiltInRole::Staff).await;
    staff.get(STATS).await.is(503, "UNAVAILABLE");
}

#[tokio::test]
async fn a_change_is_counted_at_once_with_its_consistency_token() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    world.settle().await;
    let values = "/v1/users/filter-values?status=all";
    assert_eq!(count(&root.get(values).await.ok(), "statuses", "suspended"), 0);
    let ban = json!({"type": "permanent", "reason": "Spam."});
    let banned = root.post(&format!("/api/admin/users/{}/ban", ada.id), ban).await;
    banned.ok();
    let token = banned.header("x-consistency-token");
    assert!(token.starts_with(&ada.id.to_string()), "{token}");
    // The stream was not read yet.
    assert_eq!(count(&root.get(values).await.ok(), "statuses", "suspended"), 0);
    let seen = root.with_header("x-consistency-token", &token).get(values).await.ok();
    assert_eq!(count(&seen, "statuses", "suspended"), 1);
    assert_eq!(count(&seen, "statuses", "active"), 1);
    world.settle().await;
    world.pass(2_000).await;
    assert_eq!(count(&root.get(values).await.ok(), "statuses", "suspended"), 1);
}

/// A world in which users are also created, deleted and given roles of their own.
async fn whole_world() -> World {
    World::of(|app| {
        let mut all = functions(app);
        all.push(Function::http("users", fn_users::routes().router(app.clone())));
        all.push(Function::http("roles", fn_roles::routes().router(app.clone())));
        all
    })
    .await
}

/// The number of users that a list counts.
async fn total(by: &Someone<'_>, query: &str) -> Value {
    by.get(&format!("/v1/users?{query}")).await.ok()["pagination"]["total"].clone()
}

#[tokio::test]
async fn a_user_is_found_and_gone_at_once_with_the_consistency_token() {
    let world = whole_world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.settle().await;
    world.pass(2_000).await;
    let carmen = json!({ "name": "Carmen Okafor", "email": "carmen@consistency.example" });
    let created = root.post("/v1/users", carmen).await;
    let id = created.status(201)["id"].as_str().expect("an id").to_owned();
    let token = created.header("x-consistency-token");
    // The stream was not read yet.
    assert_eq!((total(&root, "search=carmen").await, total(&root, "").await), (json!(0), json!(1)));
    let after = root.with_header("x-consistency-token", &token);
    let found = after.get("/v1/users?search=carmen").await.ok();
    assert_eq!((&found["data"][0]["id"], &found["pagination"]["total"]), (&json!(id), &json!(1)));
    assert_eq!(found["search"]["literal_total"], 1);
    assert_eq!(total(&after, "").await, 2);

    let deleted = root.delete(&format!("/v1/users/{id}")).await;
    deleted.ok();
    let after = root.with_header("x-consistency-token", &deleted.header("x-consistency-token"));
    assert_eq!(
        (total(&after, "search=carmen").await, total(&after, "").await),
        (json!(0), json!(1))
    );
    assert_eq!(total(&after, "status=all").await, 2);
    world.settle().await;
}

#[tokio::test]
async fn a_renamed_role_is_filtered_by_its_id_and_its_new_name() {
    let world = whole_world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let role = json!({ "name": "Editor", "permissions": ["user.list"] });
    let role = root.post("/v1/rbac/roles", role).await.status(201);
    let role = role["id"].as_str().expect("an id");
    let reason = json!({ "reason": "as agreed with support" });
    root.post(&format!("/v1/rbac/users/{}/roles/{role}", ada.id), reason).await.ok();
    world.settle().await;
    world.pass(2_000).await;
    let saved = format!("role={role}");
    assert_eq!(
        (total(&root, &saved).await, total(&root, "role=editor").await),
        (json!(1), json!(1))
    );
    root.put(&format!("/v1/rbac/roles/{role}"), json!({ "name": "Reviewer" })).await.ok();
    for query in [saved.as_str(), "role=Reviewer", "role=reviewer"] {
        let found = root.get(&format!("/v1/users?{query}")).await.ok();
        assert_eq!(found["data"][0]["id"], json!(ada.id), "{query}");
        assert_eq!(found["pagination"]["total"], 1, "{query}");
    }
    root.get("/v1/users?role=Editor").await.is(422, "VALIDATION_FAILED");
    world.settle().await;
}

#[tokio::test]
async fn a_denial_keeps_a_user_out_of_the_holders_of_a_permission_until_it_ends() {
    let world = whole_world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let end = world.app.now().plus(60_000);
    let denied = json!({ "effect": "deny", "expires_at": end, "reason": "as agreed with support" });
    root.post(&format!("/v1/rbac/users/{}/permissions/user.list", sam.id), denied).await.ok();
    world.settle().await;
    world.pass(2_000).await;
    let holders = "permission=user.list";
    assert_eq!(total(&root, holders).await, 1);
    assert_eq!(total(&root, "permission.not=user.list").await, 1);
    world.advance(end.since(world.app.now()) - 1);
    assert_eq!(total(&root, holders).await, 1);
    world.advance(1);
    assert_eq!(total(&root, holders).await, 2);
    assert_eq!(total(&root, "permission.not=user.list").await, 0);
}

#[tokio::test]
async fn values_are_counted_alike_on_every_page_and_in_every_order() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.staff("sten", BuiltInRole::Staff).await;
    world.person("ada").await;
    world.settle().await;
    world.pass(2_000).await;
    let values = "/v1/users/filter-values?status=active";
    let all = root.get(values).await.ok()["data"].clone();
    assert_eq!(all["statuses"], json!([{ "value": "active", "count": 3 }]));
    for of_list in ["page=2", "limit=1", "sort=-name", "sort=email&limit=1&page=3", "cursor=x"] {
        let counted = root.get(&format!("{values}&{of_list}")).await.ok();
        assert_eq!(counted["data"], all, "{of_list}");
    }
}

#[tokio::test]
async fn a_facet_ignores_its_own_filter_and_obeys_the_others() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.staff("sten", BuiltInRole::Staff).await;
    world.person("ada").await;
    world.settle().await;
    let seen = root.get("/v1/users/filter-values?role=staff").await.ok();
    assert_eq!(count(&seen, "roles", "user"), 1);
    assert_eq!(count(&seen, "roles", "rootAdmin"), 1);
    assert_eq!(count(&seen, "statuses", "active"), 1);
}

#[tokio::test]
async fn a_wrong_parameter_is_refused_by_name() {
    let world = world().await;
    let staff = world.staff("sten", BuiltInRole::Staff).await;
    world.settle().await;
    let unknown = staff.get("/v1/users/stats?statuss=active").await.is(400, "UNKNOWN_PARAMETER");
    assert_eq!(unknown["suggestion"], "status");
    for wrong in ["status=", "role=no-such-role", "country=ZZ", "is_admin=1", "tz=Mars/Phobos"] {
        staff.get(&format!("{STATS}?{wrong}")).await.is(422, "VALIDATION_FAILED");
    }
    let hidden = staff.get(&format!("{STATS}?age_min=18")).await.is(403, "PERMISSION_DENIED");
    assert_eq!(hidden["missing"], json!(["user.update"]));
    let token = staff.with_header("x-consistency-token", "usr_1:2");
    token.get(STATS).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_field_is_completed_from_the_beginning_of_its_values() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.staff("sten", BuiltInRole::Staff).await;
    world.settle().await;
    let seen = root.get("/v1/users/field-values?field=roles&q=ro").await.ok();
    assert_eq!(seen, json!({"data": [{"value": "rootAdmin", "count": 1}], "total": 1}));
    let values = "/v1/users/field-values";
    root.get(values).await.is(422, "VALIDATION_FAILED");
    root.get(&format!("{values}?field=email")).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn growth_has_a_point_for_each_date() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.person("ada").await;
    world.settle().await;
    let growth = root.get("/v1/users/analytics/growths?tz=Asia/Dhaka").await.ok();
    let points = growth["data"].as_array().expect("points");
    assert_eq!(points.len(), 30);
    assert_eq!(points[29]["new_users"], 2);
    assert_eq!(points[29]["partial"], true);
    assert_eq!(points[28]["cumulative"], 0);
    let backwards = "/v1/users/analytics/growths?from=2026-11-02&to=2026-11-02";
    root.get(backwards).await.is(422, "VALIDATION_FAILED");
    root.get("/v1/users/analytics/growths?from=2000-01-01").await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn an_index_of_another_release_is_made_again_and_no_list_is_wrong_until_then() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    world.settle().await;
    let total = async |path: &str| root.get(path).await.ok()["pagination"]["total"].clone();
    assert_eq!(total("/v1/users").await, 2);
    let bucket = Bucket(world.app.store());
    let (mut manifest, tag) = Manifest::read(&bucket).await.expect("readable").expect("a manifest");
    manifest.text_rules -= 1;
    assert!(manifest.next(world.app.now()).write(&bucket, Some(tag)).await.expect("a write"));
    world.pass(3_000).await;
    root.get("/v1/users").await.is(503, "UNAVAILABLE");
    assert_eq!(total("/api/admin/users").await, 2, "the staff list reads the table");
    world.edit(ada.id, |ada| ada.first_name = "Augusta".to_owned()).await;
    world.settle().await;
    world.pass(3_000).await;
    assert_eq!(total("/v1/users?search=augusta").await, 1);
    assert_eq!(total("/v1/users").await, 2);
    let (made, _) = Manifest::read(&bucket).await.expect("readable").expect("a manifest");
    assert_eq!(made.text_rules, manifest.text_rules + 1);
}

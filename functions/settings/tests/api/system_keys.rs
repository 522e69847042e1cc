//! System keys: created once, rotated side by side, revoked at once.

use provost_domain::BuiltInRole;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use crate::support::world;

const KEYS: &str = "/api/admin/system-key";
const TEST: &str = "/api/admin/integrations/test";

async fn create(root: &Someone<'_>) -> Value {
    let body = json!({ "name": "learning", "scopes": ["storage.read", "integration.test"] });
    root.post(KEYS, body).await.status(201)
}

fn service<'w>(world: &'w World, key: &Value) -> Someone<'w> {
    world.anyone().with_token(key["key"].as_str().unwrap())
}

fn path(key: &Value) -> String {
    format!("{KEYS}/learning/{}", key["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_key_is_shown_once_and_only_its_digest_is_stored() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let created = create(&root).await;
    let key = created["key"].as_str().unwrap();
    assert!(key.starts_with("esk_") && key.starts_with(created["prefix"].as_str().unwrap()));
    let list = root.get(KEYS).await;
    assert!(!list.text().contains(key));
    let listed = &list.ok()["data"][0];
    assert_eq!((&listed["name"], &listed["keys"][0]["id"]), (&json!("learning"), &created["id"]));
    assert_eq!(listed["keys"][0]["lastUsedAt"], Value::Null);
    let secret = key.strip_prefix("esk_").unwrap().split('.').next().unwrap();
    let service = world.app.store().service("learning").await.unwrap().unwrap();
    assert!(!serde_json::to_string(&service).unwrap().contains(secret));
}

#[tokio::test]
async fn a_third_live_key_is_refused_and_names_both() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let (first, second) = (create(&root).await, create(&root).await);
    let body = json!({ "name": "learning", "scopes": ["storage.read"] });
    let refused = root.post(KEYS, body.clone()).await.is(409, "INVALID_ACTION");
    let named: Vec<_> = refused["keys"].as_array().unwrap().iter().map(|key| &key["id"]).collect();
    assert_eq!(named, [&first["id"], &second["id"]]);
    root.delete(&path(&first)).await.status(204);
    root.post(KEYS, body).await.status(201);
}

#[tokio::test]
async fn both_keys_work_during_a_rotation_and_one_that_leaked_ends_at_once() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let (old, new) = (create(&root).await, create(&root).await);
    let buckets = "/api/admin/storage/buckets";
    let used = async || -> Vec<Value> {
        let list = root.get(KEYS).await.ok();
        let keys = list["data"][0]["keys"].as_array().unwrap().iter();
        keys.map(|key| key["lastUsedAt"].clone()).collect()
    };
    service(&world, &old).get(buckets).await.ok();
    assert_eq!(used().await, [json!(world.app.now()), Value::Null]);
    service(&world, &new).get(buckets).await.ok();
    assert_eq!(used().await, [json!(world.app.now()), json!(world.app.now())]);
    root.delete(&path(&old)).await.status(204);
    service(&world, &old).get(buckets).await.is(401, "SYSTEM_KEY_REQUIRED");
    service(&world, &new).get(buckets).await.ok();
}

#[tokio::test]
async fn two_requests_at_once_never_make_a_third_key() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    create(&root).await;
    let body = json!({ "name": "learning", "scopes": ["storage.read"] });
    let (one, other) = tokio::join!(root.post(KEYS, body.clone()), root.post(KEYS, body.clone()));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(world.app.store().service("learning").await.unwrap().unwrap().keys.len(), 2);
}

#[tokio::test]
async fn nobody_gives_a_key_a_scope_that_they_lack() {
    let world = world().await;
    let admin = world.staff("admin", BuiltInRole::Admin).await;
    let body = json!({ "name": "learning", "scopes": ["storage.write"] });
    admin.post(KEYS, body.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    world
        .edit(admin.id, |user| {
            user.grants.insert(provost_domain::Permission::SystemKey);
        })
        .await;
    let refused = admin.post(KEYS, body).await.is(403, "SUPERADMIN_REQUIRED");
    assert_eq!(refused["missing"], json!(["storage.write"]));
    assert!(world.app.store().service("learning").await.unwrap().is_none());
}

#[tokio::test]
async fn invalid_names_and_scopes_are_refused() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for (body, field) in [
        (json!({ "name": "Learning", "scopes": ["storage.read"] }), "name"),
        (json!({ "name": "l", "scopes": ["storage.read"] }), "name"),
        (json!({ "name": "learning", "scopes": [] }), "scopes"),
        (json!({ "name": "learning", "scopes": ["storage.*"] }), "scopes[0]"),
        (json!({ "scopes": ["storage.read"] }), "name"),
    ] {
        let refused = root.post(KEYS, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    root.delete(&format!("{KEYS}/learning/syk_01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        .await
        .is(404, "NOT_FOUND");
    root.delete(&format!("{KEYS}/Nobody!/syk_01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        .await
        .is(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_system_key_is_no_credential_of_a_person() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let key = create(&root).await;
    service(&world, &key).get("/api/users/me").await.is(401, "UNAUTHENTICATED");
    service(&world, &key).get(KEYS).await.is(401, "UNAUTHENTICATED");
    service(&world, &key).get("/api/admin/settings").await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn tests_of_a_service_are_counted_by_its_name_wherever_it_calls_from() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let key = create(&root).await;
    let credentials = json!({ "baseUrl": "https://status.example.net", "apiKey": "key" });
    let body = json!({ "integration": "kener", "credentials": credentials });
    for number in 0..20 {
        let service = service(&world, &key).from(&format!("203.0.{number}.7"));
        service.post(TEST, body.clone()).await.ok();
    }
    let elsewhere = service(&world, &key).from("198.51.100.7");
    elsewhere.post(TEST, body).await.is(429, "RATE_LIMITED");
}

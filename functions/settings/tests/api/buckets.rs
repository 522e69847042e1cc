//! Storage buckets: configuration, secrets, tests, assignments.

use std::collections::BTreeSet;

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn a_bucket_is_shown_with_a_masked_key_id_and_without_its_secret() {
    let world = world().await;
    let root = root(&world).await;
    let created = root.post(BUCKETS, elsewhere()).await.status(201);
    assert_eq!(created["accessKeyId"], "AKIA••••");
    for reply in [root.get(BUCKETS).await, root.get(&path(&created)).await] {
        reply.ok();
        let text = reply.text();
        assert!(!text.contains("a-secret-of-elsewhere") && !text.contains("AKIAELSEWHERE"));
    }
    for item in items(&world, &world.app.store().names().catalogue).await {
        assert!(!item.contains("a-secret-of-elsewhere") && !item.contains("AKIAELSEWHERE"));
    }
}

#[tokio::test]
async fn sending_back_what_was_shown_keeps_the_credentials() {
    let world = world().await;
    let root = root(&world).await;
    let wanted = bucket_at_store(&world, "course-material").await;
    let created = root.post(BUCKETS, wanted).await.status(201);
    let test = format!("{}/test", path(&created));
    assert_eq!(root.post(&test, json!({})).await.ok()["ok"], true);
    let shown = root.get(&path(&created)).await.ok();
    let renamed = with(shown, json!({ "name": "Renamed" }));
    let body = renamed.clone();
    let renamed = root.put(&path(&created), body.clone()).await.ok();
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("Renamed"), &json!(2)));
    assert_eq!(root.post(&test, json!({})).await.ok()["ok"], true);
    let stale = root.put(&path(&created), with(body, json!({ "name": "Again" }))).await;
    assert_eq!(stale.is(412, "STALE_VERSION")["version"], 2);
}

#[tokio::test]
async fn a_masked_value_is_never_stored() {
    let world = world().await;
    let root = root(&world).await;
    let created = root.post(BUCKETS, elsewhere()).await.status(201);
    let before = world.app.store().bucket(created["id"].as_str().unwrap().parse().unwrap()).await;
    for (field, value) in [
        ("accessKeyId", "AKIB••••"),
        ("secretAccessKey", "••••••••"),
        ("secretAccessKey", "********"),
        ("secretAccessKey", "AKIA••••"),
    ] {
        let body = with(elsewhere(), json!({ field: value }));
        let refused = root.put(&path(&created), body.clone()).await.is(422, "VALIDATION_FAILED");
        assert_eq!(
            (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
            (&json!(field), &json!("masked"))
        );
        root.post(BUCKETS, body).await.is(422, "VALIDATION_FAILED");
    }
    let after = world.app.store().bucket(created["id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(before.unwrap().unwrap().credentials, after.unwrap().unwrap().credentials);
}

#[tokio::test]
async fn credentials_are_cleared_together_and_an_endpoint_changes_only_with_the_secret() {
    let world = world().await;
    let root = root(&world).await;
    let created = root.post(BUCKETS, elsewhere()).await.status(201);
    let keeps = json!({ "accessKeyId": "", "secretAccessKey": "" });
    let half = with(with(elsewhere(), keeps.clone()), json!({ "accessKeyId": null }));
    root.put(&path(&created), half).await.is(422, "VALIDATION_FAILED");
    let moved = with(with(elsewhere(), keeps), json!({ "endpoint": "https://other.example.net" }));
    let refused = root.put(&path(&created), moved).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "secretAccessKey");
    let cleared = with(elsewhere(), json!({ "accessKeyId": null, "secretAccessKey": null }));
    let cleared = root.put(&path(&created), cleared).await.ok();
    assert_eq!(cleared["accessKeyId"], Value::Null);
    let tested = root.post(&format!("{}/test", path(&created)), json!({})).await.ok();
    assert_eq!(tested["ok"], false);
    let refused = root.delete(&path(&created)).await.is(409, "INVALID_ACTION");
    assert_eq!(refused["allowed"], json!(["enter-credentials"]));
}

#[tokio::test]
async fn a_stale_change_of_a_bucket_is_refused() {
    let world = world().await;
    let root = root(&world).await;
    let created = root.post(BUCKETS, elsewhere()).await.status(201);
    let first = root.with_header("if-match", "\"1\"");
    first.put(&path(&created), with(elsewhere(), json!({ "region": "wnam" }))).await.ok();
    let refused = first.put(&path(&created), elsewhere()).await.is(412, "STALE_VERSION");
    assert_eq!((&refused["version"], &refused["ifMatch"]), (&json!(2), &json!("\"1\"")));
}

#[tokio::test]
async fn an_address_that_is_not_public_is_refused_before_anything_is_sent() {
    let world = world().await;
    let root = root(&world).await;
    let mut sentences = BTreeSet::new();
    for endpoint in [
        "http://objects.example.net",
        "https://127.0.0.1",
        "https://169.254.169.254",
        "https://2130706433",
        "https://127.1",
        "https://0177.0.0.1",
        "https://169.254.169.254.",
        "https://[::]",
        "https://[::ffff:127.0.0.1]",
        "https://[::ffff:10.0.0.1]",
        "https://[::ffff:100.64.0.1]",
        "https://localhost",
        "https://objects.example.net:8443",
    ] {
        let body = with(elsewhere(), json!({ "endpoint": endpoint }));
        let refused = root.post(BUCKETS, body.clone()).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["code"], "not_allowed", "{endpoint}");
        sentences.insert(refused["errors"][0]["message"].to_string());
        let mut test = body;
        test.as_object_mut().unwrap().remove("name");
        root.post("/api/admin/storage/test", test).await.is(422, "VALIDATION_FAILED");
    }
    assert_eq!(sentences.len(), 1, "no answer says which address it is: {sentences:?}");
}

#[tokio::test]
async fn a_test_tells_what_to_correct_and_leaves_nothing_behind() {
    let world = world().await;
    let root = root(&world).await;
    let mut good = bucket_at_store(&world, "course-material").await;
    good.as_object_mut().unwrap().remove("name");
    let test = async |changed: Value| {
        let body = with(good.clone(), changed);
        root.post("/api/admin/storage/test", body).await.ok()
    };
    let works = test(json!({})).await;
    assert_eq!(works["ok"], true, "{works}");
    let wrong = test(json!({ "secretAccessKey": "another-secret" })).await;
    assert_eq!(
        (&wrong["ok"], &wrong["detail"]),
        (&json!(false), &json!("SignatureDoesNotMatch")),
        "{wrong}"
    );
    let missing = test(json!({ "bucket": "no-such-bucket" })).await;
    assert_eq!(
        (&missing["ok"], &missing["detail"]),
        (&json!(false), &json!("NoSuchBucket")),
        "{missing}"
    );
    let unreachable = test(json!({ "endpoint": "https://objects.example.net" })).await;
    assert_eq!(unreachable["ok"], false);
    let left = world.app.store().list_objects("course-material", "", None).await.unwrap();
    assert_eq!(left.0, []);
}

#[tokio::test]
async fn a_bucket_that_holds_objects_is_not_removed() {
    let world = world().await;
    let root = root(&world).await;
    let wanted = bucket_at_store(&world, "course-material").await;
    let created = root.post(BUCKETS, wanted.clone()).await.status(201);
    for key in ["users/1/a", "users/1/b"] {
        let bytes = "x".into();
        world.app.store().put_object("course-material", key, "text/plain", bytes).await.unwrap();
    }
    let refused = root.delete(&path(&created)).await.is(409, "INVALID_ACTION");
    assert_eq!(refused["objects"], 2);
    let cleared = with(wanted.clone(), json!({ "accessKeyId": null, "secretAccessKey": null }));
    root.put(&path(&created), cleared).await.ok();
    root.delete(&path(&created)).await.is(409, "INVALID_ACTION");
    root.put(&path(&created), wanted).await.ok();
    for key in ["users/1/a", "users/1/b"] {
        world.app.store().delete_object("course-material", key).await.unwrap();
    }
    root.delete(&path(&created)).await.status(204);
    root.get(&path(&created)).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_bucket_that_holds_objects_is_not_moved() {
    let world = world().await;
    let root = root(&world).await;
    let wanted = bucket_at_store(&world, "course-material").await;
    let created = root.post(BUCKETS, wanted.clone()).await.status(201);
    let bytes = "x".into();
    world.app.store().put_object("course-material", "a", "text/plain", bytes).await.unwrap();
    for moved in [
        json!({ "bucket": "other-material" }),
        json!({ "region": "wnam" }),
        json!({ "endpoint": "https://objects.example.net" }),
    ] {
        let moved = with(wanted.clone(), moved);
        let refused = root.put(&path(&created), moved).await.is(409, "INVALID_ACTION");
        assert_eq!(refused["objects"], 1);
    }
    root.put(&path(&created), with(wanted.clone(), json!({ "name": "Renamed" }))).await.ok();
    world.app.store().delete_object("course-material", "a").await.unwrap();
    root.put(&path(&created), with(wanted, json!({ "bucket": "other-material" }))).await.ok();
}

#[tokio::test]
async fn an_assigned_bucket_whose_store_does_not_answer_is_not_moved() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let created = root.post(BUCKETS, elsewhere()).await.status(201);
    let storage = format!("/api/admin/users/{}/storage", ada.id);
    root.put(&storage, quietly(&created["id"])).await.ok();
    root.put(&storage, json!({ "bucketId": null })).await.ok();
    let moved = with(elsewhere(), json!({ "bucket": "other" }));
    let refused = root.put(&path(&created), moved).await.is(409, "INVALID_ACTION");
    assert_eq!(refused["allowed"], json!(["test"]));
    root.put(&path(&created), with(elsewhere(), json!({ "region": "wnam" }))).await.ok();
}

#[tokio::test]
async fn a_user_is_assigned_a_bucket_and_given_back_that_of_the_platform() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let created = root.post(BUCKETS, elsewhere()).await.status(201);
    let (storage, bucket) = (format!("/api/admin/users/{}/storage", ada.id), &created["id"]);
    let assigned = root.put(&storage, quietly(bucket)).await.ok();
    assert_eq!((&assigned["storageBucketId"], &assigned["userId"]), (bucket, &json!(ada.id)));
    root.put(&storage, quietly(bucket)).await.ok();
    assert_eq!(root.get(&path(&created)).await.ok()["users"], 1);
    let told = ada.get("/api/mailbox/notifications").await.ok();
    assert_eq!(told["data"], json!([]));
    root.put(&storage, json!({ "bucketId": null })).await.ok();
    assert_eq!(root.get(&path(&created)).await.ok()["users"], 0);
    let user = world.user(ada.id).await.unwrap();
    assert_eq!(user.storage_bucket, None);
    assert_eq!(json!(user.earlier_buckets), json!([bucket]), "files may remain there");
    let unknown = json!({ "bucketId": "bkt_01ARZ3NDEKTSV4RRFFQ69G5FAV" });
    let refused = root.put(&storage, unknown).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "bucketId");
}

#[tokio::test]
async fn rank_holds_for_the_storage_of_staff_and_of_their_organisations() {
    let world = world().await;
    let root = root(&world).await;
    let admin = world.staff("admin", BuiltInRole::Admin).await;
    let (own, squad) = (squad(&world, root.id).await, json!({ "bucketId": null }));
    let of_squad = format!("/api/admin/storage/squads/{own}");
    admin.put(&of_squad, squad.clone()).await.is(403, "OUTRANKED");
    root.put(&of_squad, squad.clone()).await.is(409, "CANNOT_MODIFY_SELF");
    let of_root = format!("/api/admin/users/{}/storage", root.id);
    admin.put(&of_root, squad.clone()).await.is(403, "OUTRANKED");
    let of_admin = format!("/api/admin/users/{}/storage", admin.id);
    admin.put(&of_admin, squad).await.is(409, "CANNOT_MODIFY_SELF");
}

#[tokio::test]
async fn an_organisation_is_assigned_a_bucket() {
    let world = world().await;
    let root = root(&world).await;
    let owner = world.person("owner").await;
    let squad = squad(&world, owner.id).await;
    let created = root.post(BUCKETS, elsewhere()).await.status(201);
    let storage = format!("/api/admin/storage/squads/{squad}");
    let assigned = root.put(&storage, json!({ "bucketId": created["id"] })).await.ok();
    assert_eq!(
        (&assigned["squadId"], &assigned["storageBucketId"]),
        (&json!(squad), &created["id"])
    );
    assert_eq!(root.get(&path(&created)).await.ok()["organisations"], 1);
    root.put(&storage, json!({ "bucketId": null })).await.ok();
    let found = world.app.store().organisation(squad).await.unwrap().unwrap();
    assert_eq!((found.storage_bucket, found.earlier_buckets.len()), (None, 1));
    let nobody = "/api/admin/storage/squads/org_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    root.put(nobody, json!({ "bucketId": null })).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_service_uses_buckets_within_the_scopes_of_its_key() {
    let world = world().await;
    let root = root(&world).await;
    let body = json!({ "name": "learning", "scopes": ["storage.read"] });
    let key = root.post("/api/admin/system-key", body).await.status(201);
    let token = key["key"].as_str().unwrap();
    let service = world.anyone().with_token(token);
    service.get(BUCKETS).await.ok();
    world.anyone().with_header("x-system-token", token).get(BUCKETS).await.ok();
    let refused = service.post(BUCKETS, elsewhere()).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["storage.write"]));
    let listed = root.get("/api/admin/system-key").await.ok();
    assert_ne!(listed["data"][0]["keys"][0]["lastUsedAt"], Value::Null);
    let other = format!("esk_{}.learning", "A".repeat(43));
    world.anyone().with_token(&other).get(BUCKETS).await.is(401, "SYSTEM_KEY_REQUIRED");
    let id = key["id"].as_str().unwrap();
    root.delete(&format!("/api/admin/system-key/learning/{id}")).await.status(204);
    service.get(BUCKETS).await.is(401, "SYSTEM_KEY_REQUIRED");
}

#[tokio::test]
async fn the_audit_log_names_the_service_that_added_a_bucket() {
    let world = world().await;
    let root = root(&world).await;
    let body = json!({ "name": "learning", "scopes": ["storage.write"] });
    let key = root.post("/api/admin/system-key", body).await.status(201);
    let service = world.anyone().with_token(key["key"].as_str().unwrap());
    service.post(BUCKETS, elsewhere()).await.status(201);
    let audit = items(&world, &world.app.store().names().audit).await;
    let entry = audit.iter().find(|item| item.contains("bucket.created")).expect("an entry");
    assert!(entry.contains("learning"), "{entry}");
}

#[tokio::test]
async fn buckets_are_for_staff_with_the_permission() {
    let world = world().await;
    world.anyone().get(BUCKETS).await.is(401, "UNAUTHENTICATED");
    let admin = world.staff("admin", BuiltInRole::Admin).await;
    admin.get(BUCKETS).await.ok();
    admin.post(BUCKETS, elsewhere()).await.is(403, "SUPERADMIN_REQUIRED");
    let nobody = format!("{BUCKETS}/bkt_01ARZ3NDEKTSV4RRFFQ69G5FAV");
    admin.get(&nobody).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn tests_are_limited_to_twenty_in_ten_minutes() {
    let world = world().await;
    let root = root(&world).await;
    let created = root.post(BUCKETS, elsewhere()).await.status(201);
    let test = format!("{}/test", path(&created));
    for _ in 0..20 {
        root.post(&test, json!({})).await.ok();
    }
    root.post(&test, json!({})).await.is(429, "RATE_LIMITED");
}

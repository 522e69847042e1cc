//! API keys with scopes, and which of their owner's data they can read: none without `self.read`.

use bytes::Bytes;
use provost_domain::BuiltInRole;
use provost_testkit::Someone;
use serde_json::json;

async fn key<'w>(owner: &Someone<'w>, scopes: serde_json::Value) -> Someone<'w> {
    let made = owner.post("/api/apikeys", json!({"name": "program", "scopes": scopes})).await.ok();
    owner.with_token(made["key"].as_str().expect("a key"))
}

#[tokio::test]
async fn a_key_with_an_empty_list_of_scopes_reads_none_of_its_owners_data() {
    let world = crate::world().await;
    let ada = world.person("ada").await;
    let (nothing, reader, whole) = (
        key(&ada, json!([])).await,
        key(&ada, json!(["self.read"])).await,
        key(&ada, json!(null)).await,
    );
    for path in [
        "/api/users/me".to_owned(),
        format!("/api/users/{}", ada.id),
        format!("/api/sessions/{}", ada.id),
        "/api/apikeys/my".to_owned(),
        "/api/ssh-keys".to_owned(),
        "/api/mailbox/notifications".to_owned(),
        "/api/organisations".to_owned(),
        "/api/users/me/login-history".to_owned(),
        "/api/users/me/export-jobs".to_owned(),
    ] {
        let refused = nothing.get(&path).await.is(403, "PERMISSION_DENIED");
        assert_eq!(refused["missing"], json!(["self.read"]), "{path}");
        reader.get(&path).await.ok();
        whole.get(&path).await.ok();
    }
    let keys = ada.get("/api/apikeys/my").await.ok();
    let scopes: Vec<_> =
        keys["data"].as_array().expect("keys").iter().map(|key| key["scopes"].clone()).collect();
    assert_eq!(scopes, [json!([]), json!(["self.read"]), json!(null)]);
}

#[tokio::test]
async fn self_read_allows_reading_and_nothing_else() {
    let world = crate::world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let reader = key(&ada, json!(["self.read"])).await;
    reader.put("/api/users/me", json!({"firstName": "Eve"})).await.is(403, "PERMISSION_DENIED");
    reader.post("/api/apikeys", json!({"name": "more"})).await.is(403, "PERMISSION_DENIED");
    reader.get(&format!("/api/users/{}", bob.id)).await.is(404, "INVALID_USER_ID");
    reader.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    // It is not a permission: it cannot be granted, and it makes nobody staff.
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    assert!(
        !grace.get("/api/users/me").await.ok()["permissions"].to_string().contains("self.read")
    );
    let narrow = key(&grace, json!(["self.read", "user.list"])).await;
    narrow.get("/api/admin/users").await.ok();
    narrow.get("/api/users/me").await.ok();
    narrow.get(&format!("/api/admin/users/{}", ada.id)).await.is(403, "PERMISSION_DENIED");
    // Exporting your own data is more than reading.
    let export = ada.post("/api/users/me/export-request", json!({})).await.status(202);
    world.settle().await;
    reader
        .get(&format!(
            "/api/users/me/export-jobs/{}/download",
            export["id"].as_str().expect("an id")
        ))
        .await
        .is(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn a_key_with_scopes_reaches_no_route_for_own_data() {
    let world = crate::world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let nothing = key(&root, json!([])).await;
    let mut reached = Vec::new();
    for row in crate::api_tables().into_iter().flat_map(|function| function.rows) {
        // A system key belongs to no user.
        if row.access == "public" || row.access.starts_with("system key") {
            continue;
        }
        let id = if row.path.contains("organisations") {
            "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()
        } else {
            root.id.to_string()
        };
        let path = row
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { id.as_str() } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let reply = nothing
            .ask(row.method.clone(), &path, "application/json", Bytes::from_static(b"{}"))
            .await;
        if !matches!(reply.status.as_u16(), 403 | 404) {
            reached.push(format!("{} {} answered {}", row.method, row.path, reply.status));
        }
    }
    assert!(reached.is_empty(), "{}", reached.join("\n"));
}

//! Previews: what a change would do, without doing it.

use serde_json::json;

use crate::support::{REASON, assign, change, direct, effective, path, role, root, world};

#[tokio::test]
async fn a_preview_says_what_a_change_would_do_and_saves_nothing() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let id = role(&root, "Lister", &["user.list"]).await;
    let preview = json!({ "reason": REASON, "dry_run": true });
    let held = format!("/v1/rbac/users/{}/roles/{id}", eve.id);
    let body = root.post(&held, preview.clone()).await.ok();
    assert_eq!((&body["gained"], &body["dry_run"]), (&json!(["user.list"]), &json!(true)));
    assert_eq!(effective(&root, &eve).await, Vec::<String>::new());

    assign(&root, &eve, &id).await.ok();
    let body = root.delete_with(&held, preview.clone()).await.ok();
    assert_eq!((&body["lost"], &body["permissions"]), (&json!(["user.list"]), &json!([])));
    let body = root.delete(&format!("{held}?dry_run=true&reason=as%20agreed")).await.ok();
    assert_eq!(body["lost"], json!(["user.list"]));
    let body = root.post(&direct(&eve, "role.read"), preview).await.ok();
    assert_eq!(body["gained"], json!(["role.read"]));
    let edit = json!({ "permissions": ["role.read"], "active": false, "dry_run": true });
    let body = change(&root, &id, edit).await.ok();
    assert_eq!(
        (&body["change"]["lost"], &body["change"]["gained"], &body["change"]["dry_run"]),
        (&json!(["user.list"]), &json!([]), &json!(true))
    );
    assert_eq!(root.get(&path(&id)).await.ok()["version"], 1);
    assert_eq!(effective(&root, &eve).await, ["user.list"]);
}

#[tokio::test]
async fn a_preview_is_refused_like_the_change() {
    let world = world().await;
    let root = root(&world).await;
    let id = role(&root, "Lister", &["user.list"]).await;
    let own = format!("/v1/rbac/users/{}/roles/{id}", root.id);
    let preview = json!({ "reason": REASON, "dry_run": true });
    root.post(&own, preview).await.is(409, "CANNOT_MODIFY_SELF");
    root.post(&own, json!({ "dry_run": true })).await.is(409, "CANNOT_MODIFY_SELF");
    let eve = world.person("eve").await;
    let unsaid =
        root.post(&direct(&eve, "user.list"), json!({})).await.is(422, "VALIDATION_FAILED");
    assert_eq!(unsaid["errors"][0]["field"], "reason");
}

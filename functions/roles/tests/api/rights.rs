//! Grants and denials to a user, their ends, and the reasons of each permission.

use provost_domain::{BuiltInRole, time::SECOND};
use serde_json::{Value, json};

use crate::support::{REASON, assign, deny, direct, effective, grant, remove, role, root, world};

#[tokio::test]
async fn a_denial_overrides_every_grant_in_any_order_and_its_removal_restores_them() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let one = role(&root, "One", &["user.list", "role.read"]).await;
    let two = role(&root, "Two", &["user.list"]).await;
    deny(&root, &eve, "user.list").await.ok();
    assign(&root, &eve, &one).await.ok();
    grant(&root, &eve, "user.list").await.ok();
    assign(&root, &eve, &two).await.ok();
    eve.get("/api/admin/users").await.is(403, "PERMISSION_DENIED");
    assert_eq!(effective(&root, &eve).await, ["role.read"]);

    let body = remove(&root, &eve, "user.list").await.ok();
    assert_eq!(body["gained"], json!(["user.list"]));
    eve.get("/api/admin/users").await.ok();
    let shown = root.get(&format!("/v1/rbac/users/{}/effective", eve.id)).await.ok();
    let row = shown["permissions"].as_array().expect("a list")[0].clone();
    let kinds: Vec<_> =
        row["sources"].as_array().expect("a list").iter().map(|source| &source["kind"]).collect();
    assert_eq!(kinds, ["custom_role", "custom_role", "grant"], "{row}");
    remove(&root, &eve, "user.list").await.ok();
    let body = remove(&root, &eve, "user.list").await.is(404, "NOT_FOUND");
    assert!(body["detail"].as_str().expect("a text").contains("permission"));
    assert_eq!(effective(&root, &eve).await, ["user.list", "role.read"]);
}

#[tokio::test]
async fn a_grant_stops_at_its_end_without_a_write() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let end = world.app.now().plus(60 * SECOND);
    let until = json!({ "expires_at": end, "reason": REASON });
    root.post(&direct(&eve, "user.list"), until).await.ok();
    let before = world.user(eve.id).await.expect("the account").revision;
    eve.get("/api/admin/users").await.ok();
    world.advance(60 * SECOND - 1);
    eve.get("/api/admin/users").await.ok();
    world.advance(1);
    eve.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    assert_eq!(effective(&root, &eve).await, Vec::<String>::new());
    assert_eq!(world.user(eve.id).await.expect("the account").revision, before);
}

#[tokio::test]
async fn a_denial_stops_at_its_end_and_the_grant_counts_again() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    grant(&root, &eve, "user.list").await.ok();
    let end = world.app.now().plus(60 * SECOND);
    let until = json!({ "effect": "deny", "expires_at": end, "reason": REASON });
    root.post(&direct(&eve, "user.list"), until).await.ok();
    eve.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    let shown = root.get(&format!("/v1/rbac/users/{}/effective", eve.id)).await.ok();
    let row = &shown["permissions"][0];
    assert_eq!((&row["effective"], &row["denial"]["expires_at"]), (&json!(false), &json!(end)));
    world.advance(60 * SECOND);
    eve.get("/api/admin/users").await.ok();
}

#[tokio::test]
async fn the_end_of_a_grant_is_in_the_future() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    for end in [json!(world.app.now()), json!("2020-01-01T00:00:00Z"), json!("soon")] {
        let until = json!({ "expires_at": end, "reason": REASON });
        let refused = root.post(&direct(&eve, "user.list"), until).await;
        assert_eq!(refused.is(422, "VALIDATION_FAILED")["errors"][0]["field"], "expires_at");
    }
    root.post(&direct(&eve, "user.teleport"), json!({ "reason": REASON }))
        .await
        .is(404, "NOT_FOUND");
    root.post(&direct(&eve, "user.*"), json!({ "reason": REASON })).await.is(404, "NOT_FOUND");
    // Documents also spell a few permissions in another way.
    let body = grant(&root, &eve, "admin:users:documents").await.ok();
    assert_eq!(body["gained"], json!(["user.documents"]));
}

#[tokio::test]
async fn effective_permissions_say_which_role_gives_what() {
    let world = world().await;
    let (root, sam) = (root(&world).await, world.staff("sam", BuiltInRole::Staff).await);
    let id = role(&root, "Lister", &["user.list"]).await;
    assign(&root, &sam, &id).await.ok();
    let shown = root.get(&format!("/v1/rbac/users/{}/effective", sam.id)).await.ok();
    assert_eq!(shown["roles"][0]["id"], "staff");
    assert_eq!(
        shown["roles"][1],
        json!({ "id": id, "name": "Lister", "active": true, "built_in": false })
    );
    let rows = shown["permissions"].as_array().expect("a list");
    let row = rows.iter().find(|row| row["permission"] == "user.list").expect("the permission");
    assert_eq!(row["sources"][0]["kind"], "built_in_role");
    assert_eq!(row["sources"][1]["name"], "Lister");
    assert_eq!(row["denial"], Value::Null);
    let email = root.get(&format!("/v1/rbac/users/email:{}/effective", sam.email)).await.ok();
    assert_eq!(email["user_id"], sam.id.to_string());
    root.get("/v1/rbac/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/effective")
        .await
        .is(404, "INVALID_USER_ID");
}

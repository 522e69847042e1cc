//! Names of roles: one name in all its spellings, and what is reserved.

use serde_json::json;

use crate::support::{change, path, role, root, world};

#[tokio::test]
async fn spellings_of_one_name_are_one_name() {
    let world = world().await;
    let root = root(&world).await;
    role(&root, "Éditeur", &[]).await;
    role(&root, "Straße", &[]).await;
    let editor = role(&root, "Editor", &[]).await;
    for taken in ["editor", "EDITOR", "Ｅditor", " editor ", "éditeur", "E\u{301}DITEUR", "STRASSE"]
    {
        let refused = root.post("/v1/rbac/roles", json!({ "name": taken, "permissions": [] }));
        let body = refused.await.is(409, "ALREADY_EXISTS");
        assert_eq!(body["field"], "name", "{taken}");
    }
    // A new spelling of the same name is no conflict with itself.
    let body = change(&root, &editor, json!({ "name": "EDITOR" })).await.ok();
    assert_eq!((&body["name"], &body["version"]), (&json!("EDITOR"), &json!(2)));
    change(&root, &editor, json!({ "name": "Éditeur" })).await.is(409, "ALREADY_EXISTS");
}

#[tokio::test]
async fn names_of_built_in_roles_are_reserved_in_every_spelling() {
    let world = world().await;
    let root = root(&world).await;
    for reserved in [
        "admin",
        "ADMIN",
        "Ａdmin",
        "rootAdmin",
        "ROOTADMIN",
        "SUPERADMIN",
        "staff",
        "User",
        "rol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ] {
        let refused = root.post("/v1/rbac/roles", json!({ "name": reserved, "permissions": [] }));
        refused.await.is(409, "ALREADY_EXISTS");
    }
    for invalid in ["", "   ", "a\u{200b}b", &"x".repeat(65)] {
        let refused = root.post("/v1/rbac/roles", json!({ "name": invalid, "permissions": [] }));
        let body = refused.await.is(422, "VALIDATION_FAILED");
        assert_eq!(body["errors"][0]["field"], "name");
    }
    let listed = root.get("/v1/rbac/roles").await.ok();
    assert_eq!(listed["pagination"]["total"], 0, "a refused role leaves nothing");
}

#[tokio::test]
async fn a_name_is_free_after_a_rename_and_after_a_deletion() {
    let world = world().await;
    let root = root(&world).await;
    let first = role(&root, "Editor", &[]).await;
    change(&root, &first, json!({ "name": "Reviewer" })).await.ok();
    let second = role(&root, "editor", &[]).await;
    root.delete(&path(&second)).await.status(204);
    role(&root, "EDITOR", &[]).await;
    root.get(&path(&second)).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn of_many_roles_of_one_name_one_is_created() {
    let world = world().await;
    let root = root(&world).await;
    let names = ["Editor", "editor", "EDITOR", "Ｅditor", "eDitor", "edItor"];
    let all =
        names.map(|name| root.post("/v1/rbac/roles", json!({ "name": name, "permissions": [] })));
    let statuses: Vec<_> = futures_util::future::join_all(all)
        .await
        .into_iter()
        .map(|reply| reply.status.as_u16())
        .collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 5, "{statuses:?}");
}

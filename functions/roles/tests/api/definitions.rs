//! The life of a role: what its holders have, when it changes, and when it can be deleted.

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use crate::support::{REASON, assign, change, effective, path, role, root, unassign, world};

#[tokio::test]
async fn holders_have_the_permissions_of_a_role_from_their_next_request_on() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    eve.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    let lister = role(&root, "Lister", &["user.list"]).await;
    let assigned = assign(&root, &eve, &lister).await.ok();
    assert_eq!(assigned["gained"], json!(["user.list"]));
    eve.get("/api/admin/users").await.ok();

    let body = change(&root, &lister, json!({ "permissions": ["role.read"] })).await.ok();
    assert_eq!(
        (&body["change"]["gained"], &body["change"]["lost"], &body["change"]["holders"]),
        (&json!(["role.read"]), &json!(["user.list"]), &json!(1))
    );
    eve.get("/api/admin/users").await.is(403, "PERMISSION_DENIED");
    eve.get("/v1/rbac/roles").await.ok();

    change(&root, &lister, json!({ "active": false })).await.ok();
    eve.get("/v1/rbac/roles").await.is(403, "ADMIN_REQUIRED");
    change(&root, &lister, json!({ "active": true })).await.ok();
    eve.get("/v1/rbac/roles").await.ok();

    unassign(&root, &eve, &lister).await.ok();
    eve.get("/v1/rbac/roles").await.is(403, "ADMIN_REQUIRED");
    unassign(&root, &eve, &lister).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_renamed_role_keeps_its_holders_and_its_links() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let id = role(&root, "Lister", &["user.list"]).await;
    assign(&root, &eve, &id).await.ok();
    change(&root, &id, json!({ "name": "Reader of lists" })).await.ok();
    eve.get("/api/admin/users").await.ok();
    let shown = root.get(&path(&id)).await.ok();
    assert_eq!((&shown["name"], &shown["holders"]), (&json!("Reader of lists"), &json!(1)));
    let holders = root.get(&format!("{}/users", path(&id))).await.ok();
    assert_eq!(holders["data"][0]["user_id"], eve.id.to_string());
    assert_eq!(holders["pagination"]["total"], 1);
}

#[tokio::test]
async fn a_role_in_use_is_not_deleted_and_a_new_one_of_its_name_has_no_holders() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let id = role(&root, "Lister", &["user.list"]).await;
    assign(&root, &eve, &id).await.ok();
    let refused = root.delete(&path(&id)).await.is(409, "INVALID_ACTION");
    assert_eq!(refused["holders"], 1);
    root.get(refused["holdersUrl"].as_str().expect("a path")).await.ok();
    unassign(&root, &eve, &id).await.ok();
    root.delete(&path(&id)).await.status(204);
    let again = role(&root, "Lister", &["user.list"]).await;
    assert_ne!(again, id);
    eve.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    assert_eq!(effective(&root, &eve).await, Vec::<String>::new());
    assign(&root, &eve, &id).await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_role_that_is_assigned_and_deleted_at_once_is_never_held_and_gone() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    for n in 0..6 {
        let id = role(&root, &format!("Role {n}"), &["user.list"]).await;
        let gone = path(&id);
        let (assigned, deleted) = tokio::join!(assign(&root, &eve, &id), root.delete(&gone));
        let (assigned, deleted) = (assigned.status.as_u16(), deleted.status.as_u16());
        assert!(
            matches!((assigned, deleted), (200, 409) | (404, 204)),
            "assigned {assigned}, deleted {deleted}"
        );
    }
}

#[tokio::test]
async fn a_clone_has_the_permissions_but_not_the_holders() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let id = role(&root, "Lister", &["user.list"]).await;
    assign(&root, &eve, &id).await.ok();
    let copy = json!({ "name": "Second lister" });
    let copy = root.post(&format!("{}/clone", path(&id)), copy).await.status(201);
    assert_eq!(
        (&copy["permissions"], &copy["holders"], &copy["active"]),
        (&json!(["user.list"]), &json!(0), &json!(true))
    );
    let copy = copy["id"].as_str().expect("an id");
    change(&root, copy, json!({ "permissions": [] })).await.ok();
    eve.get("/api/admin/users").await.ok();
    let of_staff = root.post(&path("staff/clone"), json!({ "name": "Like staff" })).await;
    assert!(of_staff.status(201)["permissions"].as_array().expect("a list").len() > 3);
}

#[tokio::test]
async fn built_in_roles_are_shown_and_cannot_be_changed() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let listed = root.get("/v1/rbac/roles?kind=built_in&limit=3").await.ok();
    assert_eq!(listed["pagination"]["total"], 4);
    let cursor = listed["pagination"]["next_cursor"].as_str().expect("a cursor");
    let rest =
        root.get(&format!("/v1/rbac/roles?kind=built_in&limit=3&cursor={cursor}")).await.ok();
    assert_eq!(rest["data"][0]["id"], "rootAdmin");
    assert_eq!(root.get(&path("SUPERADMIN")).await.ok()["id"], "rootAdmin");
    change(&root, "admin", json!({ "active": false })).await.is(409, "INVALID_ACTION");
    root.delete(&path("admin")).await.is(409, "INVALID_ACTION");
    root.get("/v1/rbac/roles?kind=every").await.is(422, "VALIDATION_FAILED");

    // A built-in role is assigned in place of the present one.
    let body = assign(&root, &eve, "staff").await.ok();
    assert_eq!(body["roles"][0]["id"], "staff");
    let body = assign(&root, &eve, "ADMIN").await.ok();
    assert_eq!(
        (&body["roles"][0]["id"], body["roles"].as_array().map(Vec::len)),
        (&json!("admin"), Some(1))
    );
    unassign(&root, &eve, "staff").await.is(404, "NOT_FOUND");
    unassign(&root, &eve, "admin").await.ok();
    eve.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    unassign(&root, &eve, "user").await.is(404, "NOT_FOUND");
}

#[tokio::test]
async fn the_catalogue_says_who_has_and_who_may_grant_each_permission() {
    let world = world().await;
    let admin = world.staff("grace", BuiltInRole::Admin).await;
    let all = admin.get("/v1/rbac/permissions?limit=200").await.ok();
    let row = |name: &str| -> Value {
        let rows = all["data"].as_array().expect("a list");
        rows.iter().find(|row| row["name"] == name).expect("the permission").clone()
    };
    assert_eq!(row("user.list")["built_in_roles"], json!(["staff", "admin", "rootAdmin"]));
    assert_eq!(row("user.list")["grantable"], true);
    assert_eq!(row("user.purge")["built_in_roles"], json!(["rootAdmin"]));
    assert_eq!(row("user.purge")["grantable"], false);
    let page = admin.get("/v1/rbac/permissions").await.ok();
    assert_eq!(page["data"].as_array().map(Vec::len), Some(25));
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let world = world().await;
    let root = root(&world).await;
    let id = role(&root, "Lister", &["user.list"]).await;
    change(&root, &id, json!({ "description": "Reads lists" })).await.ok();
    let old = root.with_header("If-Match", "\"1\"");
    change(&old, &id, json!({ "permissions": [] })).await.is(412, "STALE_VERSION");
    change(&root, &id, json!({ "permissions": [], "version": 1 })).await.is(412, "STALE_VERSION");
    old.delete(&path(&id)).await.is(412, "STALE_VERSION");
    let shown = root.get(&path(&id)).await;
    assert_eq!(
        (shown.header("etag"), &shown.ok()["permissions"]),
        ("\"2\"".to_owned(), &json!(["user.list"]))
    );
    // Without a change there is no new version.
    let same = change(&root, &id, json!({ "permissions": ["user.list"] })).await.ok();
    assert_eq!(same["version"], 2);
    let none = change(&root, &id, json!({ "description": null })).await.ok();
    assert_eq!((&none["description"], &none["version"]), (&Value::Null, &json!(3)));
}

#[tokio::test]
async fn a_user_has_at_most_ten_custom_roles() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    for n in 0..10 {
        let id = role(&root, &format!("Role {n}"), &["user.list"]).await;
        assign(&root, &eve, &id).await.ok();
        assign(&root, &eve, &id).await.ok();
    }
    let more = role(&root, "One more", &["user.list"]).await;
    assign(&root, &eve, &more).await.is(409, "INVALID_ACTION");
    assert_eq!(root.get(&path(&more)).await.ok()["holders"], 0);
}

#[tokio::test]
async fn each_change_of_a_role_is_in_the_audit_log() {
    let world = world().await;
    let (root, eve) = (root(&world).await, world.person("eve").await);
    let id = role(&root, "Lister", &["user.list"]).await;
    assign(&root, &eve, &id).await.ok();
    let about = world.user(eve.id).await.expect("the account").pseudonym;
    let entries = world.app.store().recent_entries_about(about, 10).await.expect("entries");
    let entry = &entries[0];
    assert_eq!(
        (entry.action.as_str(), entry.reason.as_deref()),
        ("user.role_assigned", Some(REASON))
    );
    assert_eq!(entry.changes["permissions"].after, json!(["user.list"]));
    assert_eq!(entry.changes["roles"].after, json!([id]));
}

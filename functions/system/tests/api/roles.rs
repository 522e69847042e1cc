//! `POST /v1/system/users/{user_id}/roles` and `PATCH …/flags`.

use provost_domain::{
    BuiltInRole, Permission,
    Permission::{RoleAssign, UserUpdate},
};
use serde_json::json;

use crate::support::{entries, service, world};

/// A key that may give the role `staff`, and no more.
async fn staffing(world: &provost_testkit::World) -> provost_testkit::Someone<'_> {
    let mut scopes: Vec<_> = BuiltInRole::Staff.permissions().into_iter().collect();
    scopes.extend([RoleAssign, UserUpdate]);
    service(world, "staffing", &scopes).await
}

#[tokio::test]
async fn a_role_is_added_replaced_and_removed_and_repetitions_change_nothing() {
    let world = world().await;
    let key = staffing(&world).await;
    let ada = world.person("ada").await;
    let path = format!("/v1/system/users/{}/roles", ada.id);
    let change = async |mode: &str, roles: &[&str]| {
        let body = json!({ "roles": roles, "mode": mode, "reason": "as contracted" });
        key.post(&path, body).await.ok()
    };
    let added = change("add", &["STAFF"]).await;
    assert_eq!(
        (&added["roles"], &added["added"], &added["removed"]),
        (&json!(["staff"]), &json!(["staff"]), &json!(["user"]))
    );
    let again = change("add", &["staff", "user"]).await;
    assert_eq!((&again["added"], &again["version"]), (&json!([]), &added["version"]));
    assert_eq!(change("remove", &["admin"]).await["added"], json!([]));
    assert_eq!(change("remove", &["staff"]).await["roles"], json!(["user"]));
    assert_eq!(change("replace", &["staff"]).await["roles"], json!(["staff"]));
    let log = entries(&world, ada.id).await;
    assert!(
        log.len() == 3
            && log
                .iter()
                .all(|e| e.action == "user.role_changed" && e.actor_name == "service:staffing")
    );
    let refused = key.post(&path, json!({ "roles": ["staff"] })).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "reason");
    let refused = key.post(&path, json!({ "roles": [], "reason": "a test" })).await;
    assert_eq!(refused.is(422, "VALIDATION_FAILED")["errors"][0]["field"], "roles");
}

#[tokio::test]
async fn a_service_gives_no_permission_that_its_key_lacks_and_changes_nobody_above_it() {
    let world = world().await;
    let key = staffing(&world).await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let admin = json!({ "roles": ["admin"], "mode": "replace", "reason": "a test" });
    let refused = key.post(&format!("/v1/system/users/{}/roles", ada.id), admin).await;
    let missing = refused.is(403, "PERMISSION_DENIED")["missing"].clone();
    assert!(missing.as_array().is_some_and(|missing| missing.contains(&json!("user.create"))));
    let user = json!({ "roles": ["user"], "mode": "replace", "reason": "a test" });
    key.post(&format!("/v1/system/users/{}/roles", grace.id), user).await.is(403, "OUTRANKED");
    let flags = json!({ "is_instructor": true });
    key.patch(&format!("/v1/system/users/{}/flags", grace.id), flags).await.is(403, "OUTRANKED");
    key.post(
        "/v1/system/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/roles",
        json!({ "roles": ["staff"], "reason": "a test" }),
    )
    .await
    .is(404, "INVALID_USER_ID");
}

#[tokio::test]
async fn flags_change_one_by_one_and_one_type_remains() {
    let world = world().await;
    let key = staffing(&world).await;
    let ada = world.person("ada").await;
    let path = format!("/v1/system/users/{}/flags", ada.id);
    let changed =
        key.patch(&path, json!({ "is_instructor": true, "is_learner": false })).await.ok();
    assert_eq!(
        (&changed["is_admin"], &changed["is_instructor"], &changed["is_learner"]),
        (&json!(false), &json!(true), &json!(false))
    );
    assert_eq!(entries(&world, ada.id).await[0].action, "user.types_changed");
    let same = key.patch(&path, json!({ "is_learner": false })).await.ok();
    assert_eq!(same["version"], changed["version"]);
    let refused =
        key.patch(&path, json!({ "is_instructor": false })).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "is_learner");
    let refused = key.patch(&path, json!({ "is_admin": true, "reason": "a test" })).await;
    refused.is(403, "PERMISSION_DENIED");
    let stale = key.with_header("if-match", "\"1\"");
    stale.patch(&path, json!({ "is_learner": true })).await.is(412, "STALE_VERSION");
}

#[tokio::test]
async fn an_administrator_is_made_and_unmade_and_the_last_root_stays() {
    let world = world().await;
    let all: Vec<Permission> = Permission::ALL.to_vec();
    let key = service(&world, "everything", &all).await;
    let ada = world.person("ada").await;
    let path = format!("/v1/system/users/{}/flags", ada.id);
    let refused = key.patch(&path, json!({ "is_admin": true })).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "reason");
    let body = json!({ "is_admin": true, "is_learner": false, "reason": "hired" });
    let changed = key.patch(&path, body).await.ok();
    assert_eq!((&changed["is_admin"], &changed["is_learner"]), (&json!(true), &json!(false)));
    assert_eq!(world.user(ada.id).await.expect("ada").role, BuiltInRole::Admin);
    // Without another type, a former administrator is a learner again.
    let changed = key.patch(&path, json!({ "is_admin": false, "reason": "left" })).await.ok();
    assert_eq!((&changed["is_admin"], &changed["is_learner"]), (&json!(false), &json!(true)));
    let maker = "root-everything@rootadmin.example".parse().expect("an address");
    let root = world.app.store().owner_of_email(&maker).await.expect("the table responds");
    let root = root.expect("the maker of the key");
    let path = format!("/v1/system/users/{root}/flags");
    key.patch(&path, json!({ "is_admin": false, "reason": "a test" }))
        .await
        .is(409, "LAST_SUPERADMIN");
}

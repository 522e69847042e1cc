//! `POST /v1/system/users/{user_id}/permissions`.

use provost_domain::{
    BuiltInRole,
    Permission::{ReportRead, RoleAssign, UserList, UserView},
    time::HOUR,
};
use serde_json::{Value, json};

use crate::support::{entries, service, world};

fn entry(name: &str, effect: &str, expires_at: Option<&str>) -> Value {
    json!({ "name": name, "effect": effect, "expires_at": expires_at })
}

#[tokio::test]
async fn permissions_are_added_replaced_and_removed_in_one_entry_and_repetitions_change_nothing() {
    let world = world().await;
    let key = service(&world, "grants", &[RoleAssign, UserList, UserView]).await;
    let ada = world.person("ada").await;
    let path = format!("/v1/system/users/{}/permissions", ada.id);
    let change = async |mode: &str, permissions: Value| {
        let body = json!({ "permissions": permissions, "mode": mode, "reason": "as contracted" });
        key.post(&path, body).await.ok()
    };
    let end = world.app.now().plus(HOUR).to_string();
    let both = json!([{ "name": "user.list" }, { "name": "user.view", "expires_at": end }]);
    let added = change("add", both.clone()).await;
    let listed =
        json!([entry("user.list", "allow", None), entry("user.view", "allow", Some(&end))]);
    assert_eq!((&added["direct_permissions"], &added["added"]), (&listed, &listed));
    assert_eq!(added["removed"], json!([]));

    let again = change("add", both).await;
    assert_eq!((&again["version"], &again["added"]), (&added["version"], &json!([])));

    let denied = json!([{ "name": "user.list", "effect": "deny" }]);
    let replaced = change("replace", denied).await;
    let denial = json!([entry("user.list", "deny", None)]);
    assert_eq!((&replaced["direct_permissions"], &replaced["removed"]), (&denial, &listed));

    let absent = change("remove", json!([{ "name": "user.list" }])).await;
    assert_eq!(absent["version"], replaced["version"], "there is no grant to remove");
    let none = change("remove", json!([{ "name": "user.list", "effect": "deny" }])).await;
    assert_eq!(none["direct_permissions"], json!([]));
    change("replace", json!([{ "name": "user.view" }])).await;
    assert_eq!(change("replace", json!([])).await["direct_permissions"], json!([]));

    let log = entries(&world, ada.id).await;
    let actions: Vec<_> = log.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["user.permissions_changed"; 5]);
    assert!(log.iter().all(|entry| entry.actor_name == "service:grants"));
}

#[tokio::test]
async fn a_service_grants_and_frees_only_what_its_key_holds_and_changes_nobody_above_it() {
    let world = world().await;
    let key = service(&world, "grants", &[RoleAssign, UserList]).await;
    let wide = service(&world, "wide", &[RoleAssign, UserList, ReportRead]).await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Staff).await);
    let path = format!("/v1/system/users/{}/permissions", ada.id);
    let body = |mode: &str, permissions: Value| json!({ "permissions": permissions, "mode": mode, "reason": "a test" });

    let reports = json!([{ "name": "user.list" }, { "name": "report.read" }]);
    let refused = key.post(&path, body("add", reports)).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["report.read"]));
    let denial = json!([{ "name": "report.read", "effect": "deny" }]);
    key.post(&path, body("add", denial.clone())).await.ok();
    for free in [body("remove", denial.clone()), body("replace", json!([]))] {
        let refused = key.post(&path, free).await.is(403, "PERMISSION_DENIED");
        assert_eq!(refused["missing"], json!(["report.read"]));
    }
    let end = world.app.now().plus(HOUR).to_string();
    let shorter = json!([{ "name": "report.read", "effect": "deny", "expires_at": end }]);
    key.post(&path, body("add", shorter)).await.is(403, "PERMISSION_DENIED");
    wide.post(&path, body("remove", denial)).await.ok();

    let staff = format!("/v1/system/users/{}/permissions", grace.id);
    let granted = body("add", json!([{ "name": "user.list" }]));
    key.post(&staff, granted).await.is(403, "OUTRANKED");
    assert_eq!(entries(&world, grace.id).await.len(), 0);
}

#[tokio::test]
async fn a_list_that_says_nothing_or_contradicts_itself_is_refused() {
    let world = world().await;
    let key = service(&world, "grants", &[RoleAssign, UserList]).await;
    let ada = world.person("ada").await;
    let path = format!("/v1/system/users/{}/permissions", ada.id);
    let twice = json!([{ "name": "user.list" }, { "name": "user.list", "effect": "allow" }]);
    let many: Vec<_> = (0..101).map(|_| json!({ "name": "user.list" })).collect();
    let past = json!([{ "name": "user.list", "expires_at": "2020-01-01T00:00:00Z" }]);
    for (permissions, field) in [
        (json!([]), "permissions"),
        (twice, "permissions"),
        (json!(many), "permissions"),
        (past, "permissions[0].expires_at"),
    ] {
        let body = json!({ "permissions": permissions, "reason": "a test" });
        let refused = key.post(&path, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let body = json!({ "permissions": [{ "name": "user.list" }] });
    let refused = key.post(&path, body).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "reason");
}

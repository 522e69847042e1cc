//! Bulk changes of status and roles: each is the change of the route for one user.

use provost_domain::{BuiltInRole, RoleId, UserId, time::DAY};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use crate::stage::*;

/// Creates a role and returns its id.
pub async fn role(by: &Someone<'_>, name: &str, permissions: &[&str]) -> RoleId {
    let made = json!({ "name": name, "permissions": permissions });
    let made = by.post("/v1/rbac/roles", made).await.status(201);
    made["id"].as_str().expect("an id").parse().expect("the id of a role")
}

/// Changes users named by id, and delivers everything.
pub async fn update(
    world: &World,
    by: &Someone<'_>,
    users: &[&Someone<'_>],
    change: Value,
) -> Value {
    let mut body = json!({ "user_ids": ids(users), "reason": REASON });
    body.as_object_mut().expect("an object").extend(change.as_object().expect("one").clone());
    let started = by.post(UPDATE, body).await.status(202);
    approve_if_needed(world, &started).await;
    settle(world).await;
    job(by, &started).await
}

async fn has(world: &World, user: UserId, role: RoleId) -> bool {
    world.user(user).await.expect("the user").has_role(&role.to_string())
}

#[tokio::test]
async fn fifty_users_banned_by_a_plan_each_get_the_email_with_the_appeal_link() {
    let world = world().await;
    let root = root(&world).await;
    let mut users = Vec::new();
    for n in 0..50 {
        users.push(world.person(&format!("{n}bot")).await);
    }
    settle(&world).await;
    let plan = json!({
        "filter": { "role": "user" }, "status": "suspended", "suspension_kind": "ban",
        "reason": "Spam.", "dry_run": true,
    });
    let plan = root.post(UPDATE, plan).await.ok();
    assert_eq!((&plan["type"], &plan["count"]), (&json!("bulk_status"), &json!(50)));
    let started = root.post(UPDATE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    settle(&world).await;
    let done = job(&root, &started).await;
    assert_eq!((&done["status"], &done["outcomes"]["done"]), (&json!("completed"), &json!(50)));
    let told = emails(&root, "account-suspended").await;
    assert_eq!(told.len(), 50);
    for user in &users {
        assert!(world.user(user.id).await.expect("the user").is_banned());
        let [email] = told[&user.email].as_slice() else { panic!("one email to {}", user.email) };
        assert!(email.contains("/appeal/"), "{email}");
    }
    assert_eq!(audited(&root, users[7].id, "user.banned").await, 1);
}

#[tokio::test]
async fn a_suspension_in_bulk_ends_at_its_time() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let until = world.app.now().plus(DAY);
    let change = json!({ "status": "suspended", "suspended_until": until, "notify_user": false });
    let done = update(&world, &root, &[&ada, &bob], change).await;
    assert_eq!(done["outcomes"]["done"], 2);
    let shown = root.get(&format!("/v1/users/{}", ada.id)).await.ok();
    assert_eq!(
        (&shown["status"], &shown["suspended_until"], &shown["suspension_kind"]),
        (&json!("suspended"), &json!(until), &json!("suspension"))
    );
    assert!(emails(&root, "account-suspended").await.is_empty());
    // Its end is planned, as that of a single one.
    assert_eq!(world.emulators.items_beginning("operations", "SUSPENSION#"), 2);
}

#[tokio::test]
async fn a_change_that_the_status_does_not_allow_is_named_and_the_rest_goes_through() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob, cleo) =
        (world.person("ada").await, world.person("bob").await, world.person("cleo").await);
    update(&world, &root, &[&bob], json!({ "status": "inactive" })).await;
    root.delete_with(&format!("/v1/users/{}", cleo.id), json!({})).await.ok();
    let change = json!({
        "user_ids": ids(&[&ada, &bob, &cleo]), "status": "inactive", "dry_run": true,
    });
    let plan = root.post(UPDATE, change).await.ok();
    let expected = [(bob.id, "UNCHANGED"), (cleo.id, "INVALID_ACTION")];
    let expected = expected.map(|(user, code)| (user.to_string(), code.to_owned()));
    assert_eq!(blocked(&plan), expected.into());
    root.post(UPDATE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    settle(&world).await;
    for (user, now) in [(&ada, "inactive"), (&bob, "inactive"), (&cleo, "deleted")] {
        assert_eq!(status(&world, user.id).await, now);
    }
}

#[tokio::test]
async fn a_user_who_changes_between_plan_and_job_is_decided_as_they_are_then() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let plan = plan_deletion(&root, json!({ "user_ids": ids(&[&ada, &bob]) })).await;
    hold(&world, ada.id).await;
    let done = carry_out(&world, &root, &plan).await;
    let items = items(&root, &done).await;
    assert_eq!(items[&ada.id.to_string()], "blocked LEGAL_HOLD");
    assert_eq!(items[&bob.id.to_string()], "done");
    let only = format!("/v1/jobs/{}/items?outcome=blocked", job_id(&done));
    let listed = root.get(&only).await.ok();
    assert_eq!(listed["pagination"]["total"], 1);
    assert_eq!(listed["data"][0]["user_id"], json!(ada.id));
    root.get(&only.replace("blocked", "gone")).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn custom_roles_are_assigned_and_removed_in_one_change() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (reader, helper) =
        (role(&root, "reader", &["user.view"]).await, role(&root, "helper", &["user.list"]).await);
    let change = json!({ "roles": { "add": [reader] } });
    assert_eq!(update(&world, &root, &[&ada], change).await["type"], "bulk_roles");
    let change = json!({ "roles": { "add": [helper], "remove": [reader] } });
    let done = update(&world, &root, &[&ada, &bob], change.clone()).await;
    assert_eq!(done["outcomes"]["done"], 2);
    for user in [&ada, &bob] {
        assert!(has(&world, user.id, helper).await && !has(&world, user.id, reader).await);
    }
    let holders = root.get(&format!("/v1/rbac/roles/{helper}/users")).await.ok();
    assert_eq!(holders["pagination"]["total"], 2);
    let holders = root.get(&format!("/v1/rbac/roles/{reader}")).await.ok();
    assert_eq!(holders["holders"], 0);
    let mut again = change;
    again["user_ids"] = ids(&[&ada, &bob]);
    again["reason"] = json!(REASON);
    again["dry_run"] = json!(true);
    let plan = root.post(UPDATE, again).await.ok();
    assert_eq!((&plan["count"], &plan["blocked_by_code"]), (&json!(0), &json!({ "UNCHANGED": 2 })));
}

#[tokio::test]
async fn a_built_in_role_is_assigned_in_any_spelling() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    update(&world, &root, &[&ada], json!({ "roles": { "add": ["ADMIN"] } })).await;
    assert_eq!(world.user(ada.id).await.expect("ada").role, BuiltInRole::Admin);
    assert_eq!(audited(&root, ada.id, "user.role_changed").await, 1);
}

#[tokio::test]
async fn a_job_whose_role_is_deleted_meanwhile_fails_with_the_reason() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let reader = role(&root, "reader", &["user.view"]).await;
    let body = json!({ "user_ids": ids(&[&ada]), "roles": { "add": [reader] }, "reason": REASON });
    let started = root.post(UPDATE, body).await.status(202);
    root.delete_with(&format!("/v1/rbac/roles/{reader}"), json!({ "reason": REASON }))
        .await
        .status(204);
    settle(&world).await;
    let shown = job(&root, &started).await;
    assert_eq!(shown["status"], "failed");
    assert!(!has(&world, ada.id, reader).await);
}

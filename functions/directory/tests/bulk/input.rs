//! Bodies that select nobody, everybody by mistake, or contradict themselves are refused.

use provost_domain::{BuiltInRole, UserId};
use serde_json::{Value, json};

use crate::stage::*;

fn update(selection: Value) -> Value {
    let mut body = selection;
    body["status"] = json!("inactive");
    body
}

#[tokio::test]
async fn an_empty_selection_is_nobody_and_never_everybody() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    settle(&world).await;
    for (selection, status) in [
        (json!({}), 422),
        (json!({ "user_ids": [] }), 422),
        (json!({ "filter": { "ids": [] } }), 422),
        (json!({ "filter": { "roles": [] } }), 422),
        (json!({ "filter": { "status": "" } }), 422),
        (json!({ "filter": { "role": ["no-such-role"] } }), 422),
        (json!({ "filter": { "is_admin": 1 } }), 422),
        (json!({ "filter": { "statuss": "active" } }), 400),
        (json!({ "filter": {} }), 422),
        (json!({ "filter": {}, "match_all": false }), 422),
        (json!({ "filter": { "role": "user" }, "match_all": true }), 422),
        (json!({ "user_ids": [ada.id], "filter": { "role": "user" } }), 422),
        (json!({ "user_ids": [ada.id], "exclude_ids": [ada.id] }), 422),
        (json!({ "user_ids": ["ada"] }), 422),
        (json!({ "filter": { "role": "user", "on_unavailable": "skip" } }), 422),
        // It matches nobody.
        (json!({ "filter": { "role": "staff" } }), 409),
        (json!({ "filter": { "role": "user" }, "exclude_ids": [ada.id] }), 409),
    ] {
        for dry_run in [true, false] {
            let mut body = selection.clone();
            body["dry_run"] = json!(dry_run);
            root.delete_with(DELETE, body.clone()).await.status(status);
            root.post(UPDATE, update(body)).await.status(status);
        }
    }
    settle(&world).await;
    assert_eq!(status(&world, ada.id).await, "active");
}

#[tokio::test]
async fn all_users_are_selected_only_if_the_caller_says_so() {
    let world = world().await;
    let root = root(&world).await;
    world.person("ada").await;
    settle(&world).await;
    let plan = plan_deletion(&root, json!({ "filter": {}, "match_all": true })).await;
    assert_eq!(plan["count"], 1);
    assert_eq!(blocked(&plan)[&root.id.to_string()], "CANNOT_MODIFY_SELF");
}

#[tokio::test]
async fn a_change_that_is_unclear_is_refused_by_field() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let with = |change: Value| {
        let mut body = json!({ "user_ids": [ada.id] });
        body.as_object_mut().expect("an object").extend(change.as_object().expect("one").clone());
        body
    };
    let role = world.app.id(provost_domain::RoleId::new).to_string();
    for (field, change) in [
        ("status", json!({})),
        ("status", json!({ "status": "deleted" })),
        ("roles", json!({ "status": "active", "roles": { "add": ["staff"] }, "reason": REASON })),
        ("roles", json!({ "roles": {}, "reason": REASON })),
        ("reason", json!({ "roles": { "add": ["staff"] } })),
        ("reason", json!({ "status": "suspended" })),
        ("reason", json!({ "status": "pending_verification" })),
        (
            "suspended_until",
            json!({ "status": "inactive", "suspended_until": "2027-01-01T00:00:00Z" }),
        ),
        (
            "suspended_until",
            json!({ "status": "suspended", "suspended_until": "2026-01-01T00:00:00Z", "reason": REASON }),
        ),
        ("suspension_kind", json!({ "status": "active", "suspension_kind": "ban" })),
        ("roles.add[0]", json!({ "roles": { "add": ["editor"] }, "reason": REASON })),
        ("roles.remove", json!({ "roles": { "add": [role], "remove": [role] }, "reason": REASON })),
        ("plan_id", json!({ "plan_id": "blk_01KA9Q00000000000000000003" })),
    ] {
        let error = root.post(UPDATE, with(change.clone())).await.is(422, "VALIDATION_FAILED");
        assert_eq!(error["errors"][0]["field"], field, "{change}: {error}");
    }
    root.post(UPDATE, with(json!({ "roles": { "add": [role] }, "reason": REASON })))
        .await
        .is(404, "NOT_FOUND");
    root.post(UPDATE, with(json!({ "status": "gone" }))).await.is(422, "VALIDATION_FAILED");
    settle(&world).await;
}

#[tokio::test]
async fn a_filter_on_a_hidden_field_is_refused_by_name() {
    let world = world().await;
    let root = root(&world).await;
    let role = world.staff("sam", BuiltInRole::Staff).await;
    settle(&world).await;
    let body = json!({ "filter": { "age_min": 18 }, "dry_run": true });
    root.delete_with(DELETE, body.clone()).await.status(409);
    let granted = json!({ "reason": REASON });
    root.post(&format!("/v1/rbac/users/{}/permissions/user.delete", role.id), granted).await.ok();
    let error = role.delete_with(DELETE, body).await.is(403, "PERMISSION_DENIED");
    assert_eq!(error["missing"], json!(["user.update"]));
}

#[tokio::test]
async fn the_names_of_programs_in_camel_case_are_accepted() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let plan =
        root.delete_with(DELETE, json!({ "user_ids": ids(&[&ada]), "dryRun": true })).await.ok();
    root.delete_with(DELETE, json!({ "planId": plan["plan_id"] })).await.status(202);
    settle(&world).await;
    assert_eq!(status(&world, ada.id).await, "deleted");
    let unknown = world.app.id(UserId::new);
    let listed = root.get(&format!("/v1/jobs/{unknown}/items")).await;
    listed.is(404, "NOT_FOUND");
}

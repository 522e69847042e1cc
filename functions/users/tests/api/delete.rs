//! `DELETE /v1/users/{user_id}`.

use provost_domain::{BuiltInRole, Permission, Status, time::DAY};
use serde_json::{Value, json};

use crate::support::{emails, of, sign_in, whole_world, with, world};

#[tokio::test]
async fn a_deleted_account_waits_for_the_grace_period_and_can_be_cancelled_by_its_user() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let shown = grace.delete_with(&of(ada.id), json!({ "reason": "asked by mail" })).await.ok();
    let due = world.app.now().plus(14 * DAY);
    assert_eq!(shown["status"], "deleted");
    assert_eq!(
        (
            &shown["deletion"]["state"],
            &shown["deletion"]["purge_after"],
            &shown["deletion"]["can_undo"]
        ),
        (&json!("scheduled"), &json!(due), &json!(true))
    );
    assert_eq!(emails(&world, ada.id).await, ["deletion-requested"]);
    ada.get("/api/users/me").await.is(403, "DELETION_PENDING");
    // A repetition is the same deletion.
    let again = grace.delete(&of(ada.id)).await.ok();
    assert_eq!(again["deletion"], shown["deletion"]);
    assert_eq!(again["version"], shown["version"]);
    let refused = sign_in(&world, &ada.email, provost_testkit::people::PASSWORD).await;
    let refused = refused.is(403, "DELETION_PENDING");
    assert_eq!(refused["cancelHint"], json!({ "cancelDeletion": true }));
}

#[tokio::test]
async fn a_shorter_grace_period_needs_the_right_to_expedite() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let sam = with(&world, "sam", &[Permission::UserDelete]).await;
    let path = |id, days: i64| format!("{}?grace_days={days}", of(id));
    let refused = sam.delete(&path(ada.id, 3)).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["deletion.expedite"]));
    sam.delete(&path(ada.id, 366)).await.is(422, "VALIDATION_FAILED");
    sam.delete(&path(ada.id, -1)).await.is(422, "VALIDATION_FAILED");
    assert_eq!(world.user(ada.id).await.expect("ada").status, Status::Active);
    let shown = sam.delete(&format!("{}&notify=false", path(ada.id, 30))).await.ok();
    assert_eq!(shown["deletion"]["purge_after"], json!(world.app.now().plus(30 * DAY)));
    assert!(emails(&world, ada.id).await.is_empty());
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let shown = grace.delete(&path(bob.id, 3)).await.ok();
    assert_eq!(shown["deletion"]["purge_after"], json!(world.app.now().plus(3 * DAY)));
}

#[tokio::test]
async fn nobody_deletes_themselves_or_a_higher_rank() {
    let world = world().await;
    let (grace, root) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    grace.delete("/v1/users/me").await.is(409, "CANNOT_MODIFY_SELF");
    grace.delete(&of(root.id)).await.is(403, "OUTRANKED");
}

#[tokio::test]
async fn an_erasure_frees_every_unique_name() {
    let world = whole_world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let body = json!({
        "name": "Ada", "email": "ada@example.org", "phone": "+4722225555", "username": "ada.l",
        "unique_id": "EMP-1",
    });
    let ada = root.post("/v1/users", body.clone()).await.status(201);
    let of_ada = format!("/v1/users/{}", ada["id"].as_str().expect("an id"));
    root.put(&format!("{of_ada}/unique-id"), json!({ "unique_id": "EMP-2" })).await.ok();
    let linked = json!({ "provider": "google", "provider_user_id": "1138" });
    root.post(&format!("{of_ada}/oauth/link"), linked.clone()).await.ok();
    root.delete(&of_ada).await.ok();
    // The contacts of a deleted account stay reserved.
    let refused = root.post("/v1/users", body.clone()).await.is(409, "CONTACT_RESERVED");
    assert_eq!(refused["field"], "email");
    root.put(&of_ada, json!({ "status": "pending_verification" })).await.ok();
    root.delete(&format!("{of_ada}?grace_days=0")).await.ok();
    world.settle().await;
    root.get(&of_ada).await.is(404, "INVALID_USER_ID");
    for name in ["email:ada@example.org", "username:ada.l", "unique_id:EMP-1", "unique_id:EMP-2"] {
        root.get(&format!("/v1/users/{name}")).await.is(404, "INVALID_USER_ID");
    }
    let again = root.post("/v1/users", body).await.status(201);
    assert_ne!(again["id"], ada["id"]);
    let of_ada = format!("/v1/users/{}", again["id"].as_str().expect("an id"));
    root.post(&format!("{of_ada}/oauth/link"), linked).await.ok();
    root.put(&format!("{of_ada}/unique-id"), json!({ "unique_id": "EMP-2" })).await.ok();
    assert_eq!(again["deletion"], Value::Null);
    world.settle().await;
}

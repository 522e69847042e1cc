//! Refusals in the audit log: for staff, at most one entry a minute for each caller, route and
//! code, with an exact count; refusals of other callers are not logged.

use provost_domain::{BuiltInRole, time::MINUTE};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

async fn refusals(root: &Someone<'_>) -> Vec<Value> {
    let list = root.get("/api/admin/audit/logs?action=access.refused&limit=200").await.ok();
    let mut entries = list["data"].as_array().expect("entries").clone();
    entries.reverse();
    entries
}

async fn counts(root: &Someone<'_>) -> Vec<u64> {
    refusals(root).await.iter().map(|entry| entry["count"].as_u64().expect("a count")).collect()
}

/// Runs the scheduled job that writes the counted refusals.
async fn tick(world: &World) {
    world
        .runner
        .fire("scheduler", Some(json!({"job": "due"})))
        .await
        .expect("the scheduler is mounted")
        .expect("the scheduler succeeds");
}

#[tokio::test]
async fn a_refusal_of_a_caller_who_is_not_staff_is_not_logged() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    for _ in 0..5 {
        ada.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    }
    ada.post(&format!("/api/admin/users/{}/ban", root.id), json!({}))
        .await
        .is(403, "ADMIN_REQUIRED");
    assert!(refusals(&root).await.is_empty());
}

#[tokio::test]
async fn forty_concurrent_refusals_are_one_entry_and_an_exact_count() {
    let world = crate::world().await;
    let (sam, root) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let asked = (0..40).map(|_| sam.get("/api/admin/audit/logs"));
    for reply in futures_util::future::join_all(asked).await {
        reply.is(403, "PERMISSION_DENIED");
    }
    assert_eq!(counts(&root).await, [1], "one entry for the first refusal");
    // Another route and another code have entries of their own.
    sam.get("/api/admin/email/logs").await.is(403, "SUPERADMIN_REQUIRED");
    assert_eq!(counts(&root).await, [1, 1]);
    world.advance(MINUTE);
    sam.get("/api/admin/audit/logs").await.is(403, "PERMISSION_DENIED");
    assert_eq!(counts(&root).await, [1, 1, 40], "39 of the minute before, and this one");
    let last = refusals(&root).await.pop().expect("an entry");
    assert_eq!(
        (last["reason"].clone(), last["resource"]["id"].clone()),
        (json!("PERMISSION_DENIED"), json!("GET /api/admin/audit/logs"))
    );
    assert_eq!(last["actor"]["id"], json!(sam.id));
}

#[tokio::test]
async fn the_schedule_writes_the_count_if_no_further_refusal_follows() {
    let world = crate::world().await;
    let (sam, root) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    for _ in 0..7 {
        sam.get("/api/admin/audit/logs").await.is(403, "PERMISSION_DENIED");
    }
    tick(&world).await;
    assert_eq!(counts(&root).await, [1], "the minute is not over");
    world.advance(MINUTE);
    tick(&world).await;
    assert_eq!(counts(&root).await, [1, 6]);
    // The entry starts a new minute.
    sam.get("/api/admin/audit/logs").await.is(403, "PERMISSION_DENIED");
    assert_eq!(counts(&root).await, [1, 6]);
    world.advance(MINUTE);
    tick(&world).await;
    tick(&world).await;
    assert_eq!(counts(&root).await, [1, 6, 1]);
}

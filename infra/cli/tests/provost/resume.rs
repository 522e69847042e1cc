//! After a start, the work of an earlier process is sent again.

use provost::resume::resume;
use provost_domain::{BuiltInRole, time::DAY};
use provost_store::outbox;
use provost_testkit::World;
use serde_json::json;

/// A world without the outbox relay: as if the process had ended right after the change.
async fn world() -> World {
    World::of(|app| {
        provost::functions(app).into_iter().filter(|function| function.name != "outbox").collect()
    })
    .await
}

/// Discards the messages that were sent to the queues and not received.
async fn lose_messages(world: &World) {
    let waiting = world.app.store().overdue_messages(world.app.now().plus(DAY), 100).await.unwrap();
    assert!(!waiting.is_empty());
    let mut tx = world.app.transaction();
    for message in waiting {
        tx.delete(
            provost_store::Conflict::Outbox,
            &world.app.store().names().operations,
            &outbox::key(message.id),
            provost_store::transaction::Condition::present(),
        )
        .unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn announced_work_is_sent_again() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let job = joan.post(&format!("/api/admin/users/{}/export-job", ada.id), json!({})).await.ok();
    world.settle().await;
    let path = format!("/api/admin/export-jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(joan.get(&path).await.ok()["status"], "queued");
    resume(&world.app, &world.runner).await;
    world.settle().await;
    assert_eq!(joan.get(&path).await.ok()["status"], "completed");
    assert!(
        world
            .app
            .store()
            .overdue_messages(world.app.now().plus(DAY), 100)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_unfinished_job_continues_after_its_message_is_lost() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let job = joan.post(&format!("/api/admin/users/{}/export-job", ada.id), json!({})).await.ok();
    joan.delete_with(
        &format!("/api/admin/users/{}", bob.id),
        json!({ "confirmDelete": true, "reason": "asked for in writing" }),
    )
    .await
    .ok();
    lose_messages(&world).await;
    world.settle().await;
    let path = format!("/api/admin/export-jobs/{}", job["id"].as_str().unwrap());
    assert_eq!(joan.get(&path).await.ok()["status"], "queued");
    assert!(world.user(bob.id).await.is_some());
    resume(&world.app, &world.runner).await;
    world.settle().await;
    assert_eq!(joan.get(&path).await.ok()["status"], "completed");
    assert!(world.user(bob.id).await.is_none());
}

#[tokio::test]
async fn an_unfinished_scan_continues_after_its_message_is_lost() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    world.person("ada").await;
    let scan = joan.post("/api/admin/fraud-scan-all", json!({})).await.status(202);
    lose_messages(&world).await;
    world.settle().await;
    let path = format!("/v1/jobs/{}", scan["jobId"].as_str().unwrap());
    assert_eq!(joan.get(&path).await.ok()["status"], "queued");
    resume(&world.app, &world.runner).await;
    world.settle().await;
    assert_eq!(joan.get(&path).await.ok()["status"], "completed");
}

#[tokio::test]
async fn the_first_start_resumes_nothing() {
    let world = world().await;
    resume(&world.app, &world.runner).await;
    assert_eq!(world.settle().await, 0);
}

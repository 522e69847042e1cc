//! `DELETE /api/admin/export-jobs/{id}`.

use provost_domain::{BuiltInRole, RequestId, export::object_key};
use provost_operations::{Op, export::expire_export};
use provost_store::exports::EXPIRY;
use serde_json::json;

use crate::support::{id as support_id, *};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_an_export_in_progress_releases_the_lock() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let id = asked(&grace, &ada).await;
    grace
        .delete_with(&job(&id), json!({ "reason": "Asked for the wrong person" }))
        .await
        .status(204);
    world.settle().await;
    let shown = grace.get(&job(&id)).await.status(200);
    assert_eq!((shown["status"].as_str(), shown.get("size")), (Some("cancelled"), None));
    grace.get(&job(&format!("{id}/download"))).await.is(409, "INVALID_ACTION");
    grace.delete(&job(&id)).await.is(409, "INVALID_ACTION");
    finished(&world, &grace, &ada).await;
    assert_eq!(
        actions(&world).await,
        ["export.created", "export.cancelled", "export.created", "export.completed"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_a_completed_export_removes_the_archive_and_its_links() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let id = finished(&world, &grace, &ada).await;
    grace.post(&job(&format!("{id}/share-link")), json!({})).await.status(201);
    grace.delete(&format!("{}?reason=No+longer+needed", job(&id))).await.status(204);
    let store = world.app.store();
    assert_eq!(
        store.object_size(&store.names().exports, &object_key(support_id(&id))).await.unwrap(),
        None
    );
    assert_eq!(
        grace.get(&job(&format!("{id}/share-links"))).await.status(200)["data"][0]["status"],
        "revoked"
    );
    grace.get(&job(&format!("{id}/download"))).await.is(409, "INVALID_ACTION");
    assert_eq!(
        store.exports_due(EXPIRY, world.app.now(), 10).await.unwrap(),
        [support_id(&id)],
        "the scheduler checks it once more"
    );
    assert!(
        expire_export(
            &Op::system(&world.app, "scheduler", world.app.id(RequestId::new)),
            support_id(&id)
        )
        .await
        .unwrap()
    );
    assert_eq!(grace.get(&job(&id)).await.status(200)["status"], "cancelled");
    assert_eq!(store.exports_due(EXPIRY, world.app.now(), 10).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_without_permission_cannot_cancel() {
    let world = world().await;
    let (sam, grace, ada) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let id = finished(&world, &grace, &ada).await;
    world.anyone().delete(&job(&id)).await.is(401, "UNAUTHENTICATED");
    ada.delete(&job(&id)).await.is(403, "ADMIN_REQUIRED");
    sam.delete(&job(&id)).await.is(403, "PERMISSION_DENIED");
    grace.delete(&job("exp_01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.is(404, "NOT_FOUND");
    grace.delete_with(&job(&id), json!({ "force": true })).await.is(422, "VALIDATION_FAILED");
    grace.delete(&format!("{}?force=true", job(&id))).await.is(400, "UNKNOWN_PARAMETER");
    assert_eq!(grace.get(&job(&id)).await.status(200)["status"], "completed");
}

//! `PUT /v1/system/enrollments/{user_id}/{program_id}`.

use provost_domain::{Permission, user::PendingDeletion};
use serde_json::{Value, json};

use crate::support::{entries, service, world};

fn body(version: u64, progress: f64) -> Value {
    json!({ "program_type": "course", "status": "active", "progress": progress, "version": version })
}

#[tokio::test]
async fn a_later_version_replaces_an_earlier_one_and_a_late_one_loses() {
    let world = world().await;
    let learning = service(&world, "learning", &[Permission::EnrollmentWrite]).await;
    let ada = world.person("ada").await;
    let path = format!("/v1/system/enrollments/{}/crs-1", ada.id);
    let first = learning.put(&path, body(2, 12.345)).await.ok();
    assert_eq!(
        (&first["recorded"], &first["progress"], &first["service"], &first["version"]),
        (&json!(true), &json!(12.35), &json!("learning"), &json!(2))
    );
    for late in [1, 2] {
        let late = learning.put(&path, body(late, 99.0)).await.ok();
        assert_eq!((&late["recorded"], &late["progress"]), (&json!(false), &json!(12.35)));
    }
    let mut done = body(7, 100.0);
    (done["status"], done["completed_at"]) =
        (json!("completed"), json!("2026-11-20T15:00:00.000Z"));
    let done = learning.put(&path, done).await.ok();
    assert_eq!(
        (&done["status"], &done["completed_at"]),
        (&json!("completed"), &json!("2026-11-20T15:00:00.000Z"))
    );
    let stored = world.app.store().enrollment(ada.id, "crs-1").await.expect("the table responds");
    assert_eq!(stored.map(|stored| (stored.version, stored.progress)), Some((7, 100.0)));
    let log = entries(&world, ada.id).await;
    assert_eq!(log.iter().filter(|entry| entry.action == "enrollment.recorded").count(), 2);
}

#[tokio::test]
async fn reports_in_any_order_at_once_end_with_the_latest() {
    let world = world().await;
    let learning = service(&world, "learning", &[Permission::EnrollmentWrite]).await;
    let ada = world.person("ada").await;
    let path = format!("/v1/system/enrollments/{}/crs-1", ada.id);
    let versions = [3_u64, 8, 1, 5, 7, 2, 6, 4];
    let all = versions.map(|version| {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let progress = version as f64;
        learning.put(&path, body(version, progress))
    });
    for reply in futures_util::future::join_all(all).await {
        reply.ok();
    }
    let stored = world.app.store().enrollment(ada.id, "crs-1").await.expect("the table responds");
    assert_eq!(stored.map(|stored| (stored.version, stored.progress)), Some((8, 8.0)));
}

#[tokio::test]
async fn invalid_reports_are_named_and_nothing_is_added_to_an_account_that_is_being_erased() {
    let world = world().await;
    let learning = service(&world, "learning", &[Permission::EnrollmentWrite]).await;
    let ada = world.person("ada").await;
    let path = format!("/v1/system/enrollments/{}/crs-1", ada.id);
    let with = |field: &str, value: Value| {
        let mut body = body(1, 0.0);
        body[field] = value;
        body
    };
    for (field, body) in [
        ("progress", with("progress", json!(100.5))),
        ("progress", with("progress", json!("half"))),
        ("status", with("status", json!("paused"))),
        ("program_type", with("program_type", json!("game"))),
        ("version", with("version", json!(0))),
        ("version", json!({ "program_type": "course", "status": "active" })),
    ] {
        let refused = learning.put(&path, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let odd = format!("/v1/system/enrollments/{}/a%23b", ada.id);
    let refused = learning.put(&odd, body(1, 0.0)).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "program_id");
    learning
        .put("/v1/system/enrollments/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/crs-1", body(1, 0.0))
        .await
        .is(404, "INVALID_USER_ID");
    let now = world.app.now();
    world
        .edit(ada.id, |ada| {
            let pending = PendingDeletion {
                id: "del_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id"),
                due_at: now,
                before: ada.status,
                executing: true,
            };
            ada.deletion = Some(pending);
        })
        .await;
    learning.put(&path, body(1, 0.0)).await.is(409, "INVALID_ACTION");
}

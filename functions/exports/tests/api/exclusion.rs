//! An export and an erasure of the same user never overlap: whichever commits first, the other is
//! refused.

use provost_domain::{BuiltInRole, DeletionId, ExportId, user::PendingDeletion};
use provost_store::Conflict;
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::support::*;

/// What a deletion does at its point of no return: marks the user, provided that no export is in
/// progress.
async fn start_erasure(world: &World, person: &Someone<'_>) -> Result<(), Option<Conflict>> {
    let mut user = world.user(person.id).await.unwrap();
    user.deletion = Some(PendingDeletion {
        id: world.app.id(DeletionId::new),
        due_at: world.app.now(),
        before: user.status,
        executing: true,
    });
    let mut tx = world.app.transaction();
    tx.save_user(&user).unwrap();
    tx.check_no_export(person.id).unwrap();
    tx.commit().await.map_err(|error| error.conflict())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_waits_for_the_export_in_progress() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    asked(&grace, &ada).await;
    assert_eq!(start_erasure(&world, &ada).await, Err(Some(Conflict::ExportRunning)));
    assert!(world.user(ada.id).await.unwrap().deletion.is_none(), "nothing was written");
    world.settle().await;
    assert_eq!(start_erasure(&world, &ada).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_export_starts_after_the_erasure_started() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    start_erasure(&world, &ada).await.unwrap();
    grace
        .post(&format!("/api/admin/users/{}/export-job", ada.id), json!({}))
        .await
        .is(409, "INVALID_ACTION");
    ada.post("/api/users/me/export-request", json!({})).await.is(409, "INVALID_ACTION");
    assert!(world.app.store().export_under_way(ada.id).await.unwrap().is_none());
    assert!(world.app.store().exports_of(ada.id).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_concurrent_export_and_erasure_exactly_one_succeeds() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for round in 0..30 {
        let person = world.person(&format!("p{round}")).await;
        let path = format!("/api/admin/users/{}/export-job", person.id);
        let (export, fenced) = if round % 2 == 0 {
            tokio::join!(grace.post(&path, json!({})), start_erasure(&world, &person))
        } else {
            let (fenced, export) =
                tokio::join!(start_erasure(&world, &person), grace.post(&path, json!({})));
            (export, fenced)
        };
        assert_ne!(
            export.status.as_u16() == 202,
            fenced.is_ok(),
            "round {round}: {} and {fenced:?}",
            export.status
        );
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_pending_deletion_can_be_exported() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let now = world.app.now();
    let id = world.app.id(DeletionId::new);
    world
        .edit(ada.id, |user| {
            *user = user
                .clone()
                .delete(
                    PendingDeletion {
                        id,
                        due_at: now.plus(1),
                        before: user.status,
                        executing: false,
                    },
                    None,
                    now,
                )
                .unwrap()
        })
        .await;
    finished(&world, &grace, &ada).await;
    let mut tx = world.app.transaction();
    tx.lock_export(world.app.id(provost_domain::UserId::new), world.app.id(ExportId::new)).unwrap();
    tx.check_not_erasing(world.app.id(provost_domain::UserId::new)).unwrap();
    assert_eq!(
        tx.commit().await.unwrap_err().conflict(),
        Some(Conflict::Erasing),
        "a user that does not exist is not exported"
    );
}

//! `POST /v1/users/{user_id}/restore`.

use provost_domain::{BuiltInRole, Permission, Status, user::PendingDeletion};
use provost_testkit::{Reply, Someone};
use serde_json::{Value, json};

use super::stage::world;

async fn deleted(person: &Someone<'_>, root: &Someone<'_>) -> String {
    let asked = root
        .delete_with(
            &format!("/api/admin/users/{}", person.id),
            json!({"confirmDelete": true, "reason": "Asked for."}),
        )
        .await;
    asked.status(202)["id"].as_str().expect("an id").to_owned()
}

/// Restores the account before the queue handles the deletion, while it is only scheduled.
async fn restore(by: &Someone<'_>, person: &Someone<'_>, body: Value) -> Reply {
    by.post(&format!("/v1/users/{}/restore", person.id), body).await
}

#[tokio::test]
async fn a_restored_account_needs_a_new_verification_and_a_new_role() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let deletion = deleted(&sam, &root).await;
    let restored = restore(&root, &sam, json!({"reason": "It was a mistake."})).await.ok();
    assert_eq!(
        (&restored["id"], &restored["status"], &restored["role"], &restored["deletion_id"]),
        (&json!(sam.id), &json!("pending_verification"), &json!("user"), &json!(deletion))
    );
    let after = world.user(sam.id).await.expect("sam");
    assert_eq!(
        (after.status, after.email_verified, after.role),
        (Status::PendingVerification, false, BuiltInRole::User)
    );
    assert!(after.deletion.is_none() && after.deleted_at.is_none() && after.sessions.is_empty());
    assert_eq!(
        root.get(&format!("/api/admin/deletions/{deletion}")).await.ok()["status"],
        "cancelled"
    );
    // Pending messages find nothing to do, and every notification is sent.
    world.settle().await;
    assert!(world.user(sam.id).await.is_some());
    restore(&root, &sam, json!({})).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn a_suspension_survives_deletion_and_restoring() {
    let world = world().await;
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    deleted(&ada, &root).await;
    world
        .edit(ada.id, |ada| {
            ada.deletion = ada
                .deletion
                .take()
                .map(|deletion| PendingDeletion { before: Status::Suspended, ..deletion });
        })
        .await;
    assert_eq!(restore(&root, &ada, json!({})).await.ok()["status"], "suspended");
    world.settle().await;
}

#[tokio::test]
async fn accounts_past_the_point_of_no_return_or_not_deleted_cannot_be_restored() {
    let world = world().await;
    let (root, ada, bob) = (
        world.staff("root", BuiltInRole::RootAdmin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    restore(&root, &bob, json!({})).await.is(409, "INVALID_ACTION");
    deleted(&ada, &root).await;
    world
        .edit(ada.id, |ada| {
            ada.deletion =
                ada.deletion.take().map(|deletion| PendingDeletion { executing: true, ..deletion });
        })
        .await;
    let before = world.user(ada.id).await.expect("ada");
    restore(&root, &ada, json!({})).await.is(409, "INVALID_ACTION");
    assert_eq!(world.user(ada.id).await.expect("ada").revision, before.revision);
    world.leaves("outbox", "only the account is past the point of no return, not its request, so the worker cannot execute the deletion");
}

#[tokio::test]
async fn only_staff_with_the_permission_restore_accounts_except_their_own() {
    let world = world().await;
    let (root, ada) =
        (world.staff("root", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    deleted(&ada, &root).await;
    restore(&world.anyone(), &ada, json!({})).await.is(401, "UNAUTHENTICATED");
    restore(&world.person("bob").await, &ada, json!({})).await.is(403, "ADMIN_REQUIRED");
    let refused = restore(&sam, &ada, json!({})).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!([Permission::UserDelete]));
    restore(&root, &root, json!({})).await.is(409, "CANNOT_MODIFY_SELF");
    restore(&root, &ada, json!({"status": "active"})).await.is(422, "VALIDATION_FAILED");
    root.with_header("if-match", "\"1\"")
        .post(&format!("/v1/users/{}/restore", ada.id), json!({}))
        .await
        .is(412, "STALE_VERSION");
    root.post("/v1/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/restore", json!({}))
        .await
        .is(404, "INVALID_USER_ID");
    assert_eq!(world.user(ada.id).await.expect("ada").status, Status::Deleted);
    world.settle().await;
}

//! A user requests the deletion of their own account, views the request, and may cancel it.

use provost_domain::{
    BuiltInRole, OrganisationId, Status,
    organisation::{Member, MemberRole, Organisation},
    time::DAY,
};
use serde_json::json;

use crate::stage::{asked, audited, id, world};

#[tokio::test]
async fn a_request_soft_deletes_the_account_and_keeps_one_session_to_view_and_cancel() {
    let world = world().await;
    let ada = world.person("ada").await;
    let answer = asked(&ada).await;
    assert_eq!(
        (answer["status"].as_str(), answer["requestedBy"].as_str(), answer["reason"].as_str()),
        (Some("scheduled"), Some("self"), Some("I have had enough"))
    );
    assert_eq!(answer["dueAt"], json!(world.app.now().plus(14 * DAY)));
    let user = world.user(ada.id).await.expect("the user exists");
    assert_eq!((user.status, user.sessions.len()), (Status::Deleted, 1));
    ada.get("/api/users/me").await.is(403, "DELETION_PENDING");
    ada.post("/api/users/me/deletion-request", json!({})).await.is(403, "DELETION_PENDING");
    let shown = ada.get("/api/users/me/deletion-request").await.ok();
    assert_eq!((&shown["id"], &shown["status"]), (&answer["id"], &json!("scheduled")));
    world.settle().await;
    assert_eq!(
        world.runner.queue_depth("mail").await.expect("the queue responds").total(),
        1,
        "the email with the link is queued"
    );
    assert_eq!(audited(&world, "deletion.requested").await, 1);
}

#[tokio::test]
async fn cancelling_restores_the_account_without_sessions() {
    let world = world().await;
    let ada = world.person("ada").await;
    asked(&ada).await;
    let answer = ada.delete("/api/users/me/deletion-request").await.ok();
    assert_eq!(answer["status"], "cancelled");
    let user = world.user(ada.id).await.expect("the user exists");
    assert_eq!((user.status, user.sessions.len(), user.deletion), (Status::Active, 0, None));
    ada.get("/api/users/me/deletion-request").await.is(401, "SESSION_ENDED");
    assert_eq!(audited(&world, "deletion.cancelled").await, 1);
    world.advance(30 * DAY);
    world.settle().await;
    assert_eq!(world.user(ada.id).await.expect("the user exists").status, Status::Active);
}

#[tokio::test]
async fn without_a_pending_request_viewing_and_cancelling_return_errors() {
    let world = world().await;
    let ada = world.person("ada").await;
    ada.get("/api/users/me/deletion-request").await.is(404, "NOT_FOUND");
    ada.delete("/api/users/me/deletion-request").await.is(404, "NOT_FOUND");
    world.anyone().get("/api/users/me/deletion-request").await.is(401, "UNAUTHENTICATED");
    world
        .anyone()
        .post("/api/users/me/deletion-request", json!({}))
        .await
        .is(401, "UNAUTHENTICATED");
    world.anyone().delete("/api/users/me/deletion-request").await.is(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn invalid_input_changes_nothing() {
    let world = world().await;
    let ada = world.person("ada").await;
    ada.post("/api/users/me/deletion-request", json!({ "reasons": "typo" }))
        .await
        .is(422, "VALIDATION_FAILED");
    ada.post("/api/users/me/deletion-request", json!({ "reason": "x" }))
        .await
        .is(422, "VALIDATION_FAILED");
    ada.post("/api/users/me/deletion-request?now=true", json!({}))
        .await
        .is(400, "UNKNOWN_PARAMETER");
    ada.ask(http::Method::POST, "/api/users/me/deletion-request", "application/json", "{".into())
        .await
        .is(400, "MALFORMED_BODY");
    assert_eq!(world.user(ada.id).await.expect("the user exists").status, Status::Active);
    assert_eq!(audited(&world, "deletion.requested").await, 0);
}

#[tokio::test]
async fn a_repeated_request_with_one_idempotency_key_has_one_effect() {
    let world = world().await;
    let ada = world.person("ada").await.with_header("idempotency-key", "f2b1c0de-0001");
    let first = asked(&ada).await;
    let again =
        ada.post("/api/users/me/deletion-request", json!({ "reason": "I have had enough" })).await;
    assert_eq!(
        (again.status(202), again.header("idempotent-replayed")),
        (first.clone(), "true".to_owned())
    );
    ada.with_header("idempotency-key", "f2b1c0de-0002")
        .post("/api/users/me/deletion-request", json!({ "reason": "I have had enough" }))
        .await
        .is(403, "DELETION_PENDING");
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let listed = root.get("/api/admin/deletions").await.ok();
    assert_eq!(
        (listed["pagination"]["total"].as_u64(), &listed["data"][0]["id"]),
        (Some(1), &first["id"])
    );
    world.settle().await;
}

#[tokio::test]
async fn of_many_concurrent_requests_one_succeeds() {
    let world = world().await;
    let ada = world.person("ada").await;
    let (one, two, three) = tokio::join!(
        ada.post("/api/users/me/deletion-request", json!({})),
        ada.post("/api/users/me/deletion-request", json!({})),
        ada.post("/api/users/me/deletion-request", json!({}))
    );
    let accepted = [one, two, three].iter().filter(|reply| reply.status.as_u16() == 202).count();
    assert_eq!(accepted, 1);
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    assert_eq!(root.get("/api/admin/deletions").await.ok()["pagination"]["total"], 1);
    world.settle().await;
}

#[tokio::test]
async fn the_last_root_administrator_cannot_be_deleted() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    root.post("/api/users/me/deletion-request", json!({})).await.is(409, "LAST_SUPERADMIN");
    assert_eq!(world.user(root.id).await.expect("the user exists").status, Status::Active);
    world.staff("other", BuiltInRole::RootAdmin).await;
    root.post("/api/users/me/deletion-request", json!({})).await.status(202);
    world.settle().await;
}

#[tokio::test]
async fn the_owner_of_a_shared_organisation_is_rejected_and_nothing_changes() {
    let world = world().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let now = world.app.now();
    let lab = Organisation::found(
        world.app.id(OrganisationId::new),
        "Lab".to_owned(),
        "lab".to_owned(),
        ada.id,
        now,
    );
    let mut tx = world.app.transaction();
    tx.create_organisation(&lab).expect("an organisation");
    tx.commit().await.expect("it is new");
    let mut tx = world.app.transaction();
    tx.add_member(&Member {
        organisation_id: lab.id,
        member_id: ben.id,
        role: MemberRole::Admin,
        joined_at: now,
    })
    .expect("a member");
    tx.commit().await.expect("the member is new");
    let refused = ada.post("/api/users/me/deletion-request", json!({})).await.is(409, "SOLE_OWNER");
    assert_eq!(refused["organisations"], json!([{ "id": lab.id, "name": "Lab", "handle": "lab" }]));
    ada.get("/api/users/me").await.ok();
    assert_eq!(audited(&world, "deletion.requested").await, 0);
    asked(&ben).await;
    assert_eq!(
        ben.get("/api/users/me/deletion-request").await.ok()["status"],
        "scheduled",
        "a member who owns nothing may be deleted"
    );
    world.settle().await;
}

#[tokio::test]
async fn the_user_sees_neither_the_staff_member_nor_the_reason_of_a_hold() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let request = id(&asked(&ada).await);
    grace
        .post(&format!("/api/admin/deletions/{request}/hold"), json!({ "reason": "a court asked" }))
        .await
        .ok();
    let shown = ada.get("/api/users/me/deletion-request").await.ok();
    assert_eq!(shown["status"], "held");
    assert_eq!(shown["hold"].as_object().expect("a hold").keys().collect::<Vec<_>>(), ["at"]);
    world.settle().await;
}

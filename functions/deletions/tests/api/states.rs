//! Every action in every state: which succeed, which fail, and that a failure changes nothing.

use http::Method;
use provost_domain::{
    BuiltInRole, DeletionId, Pseudonym, Timestamp,
    deletion::{CancelledBy, DeletionRequest, DeletionState, Hold, Receipt},
    time::DAY,
};
use provost_testkit::{Someone, World};
use serde_json::json;

use crate::stage::{asked, audited, everything, id, world};

/// Moves a scheduled request into a state, directly in the store where the API cannot.
async fn bring(world: &World, request: &str, state: DeletionState) -> DeletionRequest {
    let (store, now) = (world.app.store(), world.app.now());
    let id: DeletionId = request.parse().expect("an id");
    let found = store.deletion(id).await.expect("the table responds").expect("it exists");
    let user = found.user_id.expect("the request has a user");
    let read = found.version;
    let by = world.app.id(Pseudonym::new);
    let changed = match state {
        DeletionState::Scheduled => return found,
        DeletionState::Held => found
            .hold(Hold { reason: "a court asked".to_owned(), by, at: now })
            .expect("it is scheduled"),
        DeletionState::Blocked => {
            found.block("You own organisations that others belong to: lab.".to_owned())
        }
        DeletionState::Cancelled => found.cancel(CancelledBy::Owner, now).expect("it is scheduled"),
        DeletionState::Executing | DeletionState::Erased => {
            let mut due = found.clone();
            due.due_at = now;
            due.execute(now).expect("it is due")
        }
        DeletionState::Unknown(_) => unreachable!("no test asks for it"),
    };
    let mut tx = world.app.transaction();
    tx.save_deletion(&changed, read, now).expect("a request");
    tx.commit().await.expect("no concurrent write");
    if matches!(state, DeletionState::Executing | DeletionState::Erased) {
        world
            .edit(user, |record| {
                if let Some(pending) = &mut record.deletion {
                    pending.executing = true
                }
            })
            .await;
    }
    if state == DeletionState::Erased {
        world
            .runner
            .send_raw(
                "deletion",
                &serde_json::to_string(&provost_domain::message::Message::Deletion { request: id })
                    .expect("a message"),
            )
            .await
            .expect("the queue accepts it");
        world.settle().await;
    }
    store.deletion(id).await.expect("the table responds").expect("it exists")
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Expedite,
    Cancel,
    Hold,
    LiftHold,
}

async fn act(grace: &Someone<'_>, request: &str, action: Action) -> provost_testkit::Reply {
    let (method, path) = match action {
        Action::Expedite => (Method::POST, "expedite"),
        Action::Cancel => (Method::POST, "cancel"),
        Action::Hold => (Method::POST, "hold"),
        Action::LiftHold => (Method::DELETE, "hold"),
    };
    grace
        .ask(
            method,
            &format!("/api/admin/deletions/{request}/{path}"),
            "application/json",
            json!({ "reason": "a good reason" }).to_string().into(),
        )
        .await
}

/// The result of an action in a state: the new state or the error.
fn expected(state: DeletionState, action: Action) -> Result<DeletionState, (u16, &'static str)> {
    use DeletionState::{Blocked, Cancelled, Held, Scheduled};
    match (state, action) {
        (Scheduled | Blocked, Action::Expedite) => Ok(Scheduled),
        (Held, Action::Expedite) => Err((423, "LEGAL_HOLD")),
        (Scheduled | Held | Blocked, Action::Cancel) => Ok(Cancelled),
        (Scheduled | Blocked, Action::Hold) => Ok(Held),
        (Held, Action::LiftHold) => Ok(Scheduled),
        _ => Err((409, "INVALID_ACTION")),
    }
}

#[tokio::test]
async fn every_action_in_every_state_has_the_expected_result() {
    let world = world().await;
    let mut grace = world.staff("grace", BuiltInRole::Admin).await;
    let mut number = 0;
    for state in DeletionState::ALL {
        for action in [Action::Expedite, Action::Cancel, Action::Hold, Action::LiftHold] {
            number += 1;
            let person = world.person(&format!("Person{number}")).await;
            let request = id(&asked(&person).await);
            let before = bring(&world, &request, state).await;
            grace.renew().await;
            let reply = act(&grace, &request, action).await;
            let after = world
                .app
                .store()
                .deletion(before.id)
                .await
                .expect("the table responds")
                .expect("the request exists");
            match expected(state, action) {
                Ok(next) => {
                    let body = reply.ok();
                    assert_eq!(
                        (body["status"].as_str(), after.state),
                        (Some(next.as_str()), next),
                        "{action:?} in {state:?}"
                    );
                    assert_eq!(after.version, before.version + 1);
                }
                Err((status, code)) => {
                    reply.is(status, code);
                    assert_eq!(
                        (after.version, after.state),
                        (before.version, before.state),
                        "{action:?} in {state:?} changes nothing"
                    );
                }
            }
        }
    }
    let done = [
        ("deletion.expedited", 2),
        ("deletion.cancelled", 3),
        ("deletion.held", 2),
        ("deletion.hold_lifted", 1),
    ];
    for (action, times) in done {
        assert_eq!(audited(&world, action).await, times, "{action}");
    }
    world.settle().await;
}

#[tokio::test]
async fn an_expedited_deletion_runs_immediately_and_the_receipt_lists_what_was_erased() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let request = id(&asked(&ada).await);
    grace.get(&format!("/api/admin/deletions/{request}/receipt")).await.is(409, "INVALID_ACTION");
    let reply = grace
        .post(
            &format!("/api/admin/deletions/{request}/expedite"),
            json!({ "reason": "asked by phone" }),
        )
        .await;
    assert_eq!(reply.status(202)["dueAt"], json!(world.app.now()));
    assert_eq!(reply.header("location"), format!("/api/admin/deletions/{request}"));
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
    let shown = grace.get(&format!("/api/admin/deletions/{request}")).await.ok();
    assert_eq!(
        (shown["status"].as_str(), &shown["userId"], &shown["reason"]),
        (Some("erased"), &json!(null), &json!(null))
    );
    let receipt = grace.get(&format!("/api/admin/deletions/{request}/receipt")).await.ok();
    assert_eq!(receipt["receipt"], shown["receipt"]);
    assert_eq!(
        (receipt["publicKey"]["kty"].as_str(), receipt["publicKey"]["crv"].as_str()),
        (Some("OKP"), Some("Ed25519"))
    );
    let decoded: Receipt = serde_json::from_value(receipt["decoded"].clone()).expect("a receipt");
    assert_eq!(
        (decoded.deletion_id.to_string(), decoded.authority.as_str(), decoded.erased_at),
        (request, "self", world.app.now())
    );
    assert!(
        decoded.counts["account"] == 1 && decoded.counts["credential"] == 1,
        "{:?}",
        decoded.counts
    );
    let key: provost_auth::keys::PublicKey =
        serde_json::from_value(receipt["publicKey"].clone()).expect("a key");
    let verifier = provost_auth::Verifier::new(provost_auth::keys::PublicKeys { keys: vec![key] })
        .expect("a key");
    let far: Timestamp = world.app.now().plus(50 * 365 * DAY);
    assert_eq!(
        verifier
            .verify::<Receipt>(
                provost_auth::Purpose::Receipt,
                receipt["receipt"].as_str().expect("a text"),
                far
            )
            .expect("it verifies offline and long after"),
        decoded
    );
}

#[tokio::test]
async fn a_hold_outlasts_the_due_date_and_lifting_it_continues_the_deletion() {
    let world = world().await;
    let (ada, mut grace) =
        (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let request = id(&asked(&ada).await);
    let held = grace
        .post(&format!("/api/admin/deletions/{request}/hold"), json!({ "reason": "a court asked" }))
        .await
        .ok();
    assert_eq!(
        (held["hold"]["reason"].as_str(), &held["hold"]["by"]),
        (Some("a court asked"), &json!(grace.id))
    );
    world.advance(20 * DAY);
    grace.renew().await;
    grace
        .post(&format!("/api/admin/deletions/{request}/expedite"), json!({ "reason": "a mistake" }))
        .await
        .is(423, "LEGAL_HOLD");
    grace
        .delete_with(
            &format!("/api/admin/deletions/{request}/hold"),
            json!({ "reason": "the court is done" }),
        )
        .await
        .ok();
    grace
        .post(
            &format!("/api/admin/deletions/{request}/expedite"),
            json!({ "reason": "it is late" }),
        )
        .await
        .status(202);
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
}

#[tokio::test]
async fn actions_that_require_a_reason_are_rejected_without_one() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let request = id(&asked(&ada).await);
    for path in ["expedite", "hold"] {
        grace
            .post(&format!("/api/admin/deletions/{request}/{path}"), json!({}))
            .await
            .is(422, "VALIDATION_FAILED");
        grace
            .post(&format!("/api/admin/deletions/{request}/{path}"), json!({ "reason": "  " }))
            .await
            .is(422, "VALIDATION_FAILED");
        grace
            .post(&format!("/api/admin/deletions/{request}/{path}"), json!({ "why": "typo" }))
            .await
            .is(422, "VALIDATION_FAILED");
    }
    let told = grace.with_header("x-reason", "a court asked");
    assert_eq!(
        told.post(&format!("/api/admin/deletions/{request}/hold"), json!({})).await.ok()["hold"]["reason"],
        "a court asked"
    );
    // In the query, since proxies may drop the body of a DELETE.
    grace
        .delete(&format!("/api/admin/deletions/{request}/hold?reason=the%20court%20is%20done"))
        .await
        .ok();
    grace.post(&format!("/api/admin/deletions/{request}/cancel"), json!({})).await.ok();
    world.settle().await;
}

#[tokio::test]
async fn a_stale_version_is_rejected_and_of_two_concurrent_actions_one_wins() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let request = id(&asked(&ada).await);
    let etag = grace.get(&format!("/api/admin/deletions/{request}")).await.header("etag");
    assert_eq!(etag, "\"1\"");
    grace
        .with_header("if-match", "\"7\"")
        .post(&format!("/api/admin/deletions/{request}/hold"), json!({ "reason": "a court asked" }))
        .await
        .is(412, "STALE_VERSION");
    let (hold, cancel) = (
        format!("/api/admin/deletions/{request}/hold"),
        format!("/api/admin/deletions/{request}/cancel"),
    );
    let (held, cancelled) = tokio::join!(
        grace.post(&hold, json!({ "reason": "a court asked" })),
        grace.post(&cancel, json!({}))
    );
    // A held deletion can be cancelled, but a cancelled deletion cannot be held.
    assert!(cancelled.status.is_success());
    assert!(held.status.is_success() || held.code() == "INVALID_ACTION");
    assert_eq!(
        grace.get(&format!("/api/admin/deletions/{request}")).await.ok()["status"],
        "cancelled"
    );
    world.settle().await;
}

#[tokio::test]
async fn staff_cannot_expedite_their_own_deletion() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.staff("other", BuiltInRole::RootAdmin).await;
    let signed_in = world.user(root.id).await.expect("root").sessions;
    let request = id(&asked(&root).await);
    root.delete("/api/users/me/deletion-request").await.ok();
    world.edit(root.id, |user| user.sessions = signed_in).await;
    let body = json!({ "reason": "it was mine" });
    root.post(&format!("/api/admin/deletions/{request}/expedite"), body)
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    assert_eq!(
        root.get(&format!("/api/admin/deletions/{request}")).await.ok()["status"],
        "cancelled"
    );
    world.settle().await;
}

#[tokio::test]
async fn after_every_kind_of_change_over_http_an_erasure_leaves_nothing() {
    let world = world().await;
    let (mut ada, grace) =
        (world.person("Philippa").await, world.staff("grace", BuiltInRole::Admin).await);
    ada.put("/api/users/me", json!({ "lastName": "Quartermain" })).await.ok();
    let keyed = ada.with_header("idempotency-key", "f2b1c0de-0003");
    let first = id(&keyed
        .post("/api/users/me/deletion-request", json!({ "reason": "Philippa has had enough" }))
        .await
        .status(202));
    grace
        .with_header("idempotency-key", "f2b1c0de-0004")
        .post(
            &format!("/api/admin/deletions/{first}/hold"),
            json!({ "reason": "Philippa is in court" }),
        )
        .await
        .ok();
    ada.renew().await;
    ada.delete("/api/users/me/deletion-request").await.ok();
    world.settle().await;
    // The hold outlasts the request and is lifted with its own reason.
    grace
        .delete_with(
            &format!("/api/admin/users/{}/hold", ada.id),
            json!({ "reason": "Philippa won" }),
        )
        .await
        .ok();
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    root.delete_with(
        &format!("/api/admin/users/{}", ada.id),
        json!({ "reason": "Philippa Quartermain asked in writing", "confirmDelete": true }),
    )
    .await
    .status(202);
    let before = everything(&world).await;
    world.settle().await;
    let left = everything(&world).await;
    for word in
        [ada.id.to_string(), ada.email.clone(), "Philippa".to_owned(), "Quartermain".to_owned()]
    {
        assert!(before.contains(&word.to_lowercase()), "{word} was stored");
        assert!(!left.contains(&word.to_lowercase()), "{word} is still stored");
    }
    root.get(&format!("/api/admin/deletions/{first}")).await.is(404, "NOT_FOUND");
}

//! The user's side: their list, their policy, and what does not move.

use provost_domain::{BuiltInRole, message::Message, time::DAY};
use serde_json::{Value, json};

use crate::support::{acting, ask, grace, started, world};

#[tokio::test]
async fn the_user_sees_it_in_a_list_and_nothing_else_of_theirs_moves() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let before = world.user(ada.id).await.expect("the account");
    let history = ada.get("/api/users/me/login-history").await.ok();
    world.advance(1000);
    let (as_ada, body) = started(&grace, &ada, "impersonation").await;
    as_ada.get("/api/users/me").await.ok();
    let after = world.user(ada.id).await.expect("the account");
    assert_eq!(
        (before.last_login_at, before.revision, before.sessions.len(), before.known_devices),
        (after.last_login_at, after.revision, after.sessions.len(), after.known_devices)
    );
    assert_eq!(ada.get("/api/users/me/login-history").await.ok(), history);
    let listed = ada.get("/api/users/me/impersonations").await.ok();
    let row = &listed["data"][0];
    assert_eq!(row["sessionId"], body["session_id"]);
    assert_eq!(row["method"], "impersonation");
    let staff = world.user(grace.id).await.expect("the account");
    assert_eq!(row["by"], staff.pseudonym.to_string());
    assert_eq!(listed["pagination"]["total"], 1);
    // No email about a new device, and no notification unless the user wants one.
    let waiting = world.app.store().overdue_messages(world.app.now().plus(DAY), 100).await;
    let waiting = waiting.expect("the table responds");
    assert!(waiting.iter().all(|one| !matches!(one.message, Message::Mail { .. })), "{waiting:?}");
    world.settle().await;
    assert_eq!(ada.get("/api/mailbox/notifications").await.ok()["data"], json!([]));
}

#[tokio::test]
async fn a_user_who_wants_it_is_notified() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let me = ada.put("/api/users/me", json!({ "impersonationPolicy": "notify" })).await.ok();
    assert_eq!(me["impersonationPolicy"], "notify");
    ask(&grace, &ada, "impersonation").await.status(201);
    let notes = ada.get("/api/mailbox/notifications").await.ok();
    assert_eq!(notes["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(notes["data"][0]["type"], "security");
}

#[tokio::test]
async fn a_user_who_opts_out_is_left_alone_from_the_next_request_on() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    ada.put("/api/users/me", json!({ "impersonationPolicy": "opt_out" })).await.ok();
    as_ada.get("/api/users/me").await.is(401, "SESSION_ENDED");
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for staff in [&grace, &root] {
        if staff.id == grace.id {
            grace.post(crate::support::STOP, json!({})).await.status(204);
        }
        ask(staff, &ada, "impersonation").await.is(409, "INVALID_ACTION");
        let path = format!("/api/users/{}", ada.id);
        let body = json!({ "impersonationPolicy": "none" });
        let refused = staff.put(&path, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], "impersonationPolicy");
    }
    let me: Value = ada.get("/api/users/me").await.ok();
    assert_eq!(me["impersonationPolicy"], "opt_out");
}

//! The owner of an organisation that others belong to: refused before anything changes, or let in again to settle what came later.

use provost_domain::{BuiltInRole, Status, time::DAY};
use serde_json::json;

use super::{ask, audited, join, shared_organisation, sign_in};
use crate::flows::{letter, strike};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_owns_what_others_use_is_refused_with_the_list_before_anything_changes() {
    let world = crate::world().await.leaving(&["outbox"]);
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let lab = shared_organisation(&world, &ada, &ben, "lab").await;
    shared_organisation(&world, &ada, &ben, "club").await;
    ada.post("/api/organisations", json!({ "name": "Mine", "handle": "mine-alone" })).await.status(201);
    let refused = ada.post("/api/users/me/deletion-request", json!({})).await.is(409, "SOLE_OWNER");
    let listed = refused["organisations"].as_array().expect("a list").clone();
    assert_eq!(listed.iter().map(|it| it["handle"].as_str().expect("a handle")).collect::<Vec<_>>(), ["lab", "club"]);
    assert!(listed.iter().all(|it| it["id"].as_str().is_some_and(|id| id.starts_with("org_")) && it["name"] == "Lab"), "{listed:?}");
    // Nothing changed, and no mail promises a date.
    ada.get("/api/users/me").await.ok();
    world.settle().await;
    let sent = world.app.store().keys_of(&world.app.store().names().accounts, &format!("USER#{}", ada.id), None).await.expect("keys").0;
    assert!(!sent.iter().any(|key| key.sk.starts_with("MAIL#")), "{sent:?}");
    assert_eq!(audited(&world, "deletion.requested").await, 0);
    // A member who owns nothing may go, and so may she once she is an owner of none.
    ask(&ben).await;
    ada.delete(&lab).await.status(204);
    ada.post("/api/users/me/deletion-request", json!({})).await.is(409, "SOLE_OWNER");
    assert_eq!(world.principal(ada.id).await.expect("ada").status, Status::Active);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_obstacle_that_appears_later_blocks_the_request_and_its_owner_comes_in_to_remove_it() {
    let world = crate::world().await.leaving(&["outbox"]);
    let (ada, ben, mut root) = (world.person("ada").await, world.person("ben").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let founded = ada.post("/api/organisations", json!({ "name": "Lab", "handle": "lab" })).await.status(201);
    let lab = format!("/api/organisations/{}", super::id(&founded));
    let request = ask(&ada).await;
    join(&world, &lab, &ben).await;
    sign_in(&world, &ada.email, json!({})).await.is(403, "DELETION_PENDING");
    world.advance(15 * DAY);
    strike(&world, "due").await;
    root.renew().await;
    let shown = root.get(&format!("/api/admin/deletions/{request}")).await.ok();
    assert_eq!(shown["status"], "blocked");
    assert!(shown["blocked"].as_str().expect("it says why").contains("lab"));
    let told = letter(&world, &ada.id.to_string(), "deletion-requested").await;
    assert!(told.contains("you own an organisation that other people belong to"), "{told}");

    let tokens = sign_in(&world, &ada.email, json!({})).await.status(200);
    assert!(tokens["deletionBlocked"].as_str().expect("it says why").contains("lab"));
    let inside = world.anyone().with_token(tokens["accessToken"].as_str().expect("a token"));
    // The session is for the obstacle and the request, and for nothing else.
    inside.get("/api/users/me").await.is(403, "DELETION_PENDING");
    inside.put(&lab, json!({ "name": "Other" })).await.is(403, "DELETION_PENDING");
    inside.post("/api/apikeys", json!({ "name": "spare" })).await.is(403, "DELETION_PENDING");
    assert_eq!(inside.get("/api/users/me/deletion-request").await.ok()["status"], "blocked");
    assert_eq!(inside.get("/api/organisations").await.ok()["data"][0]["handle"], "lab");
    inside.get(&format!("{lab}/users")).await.ok();
    inside.delete(&format!("{lab}/users/{}", ben.id)).await.status(204);
    // It goes on by itself.
    world.settle().await;
    assert!(world.principal(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_obstacle_that_somebody_else_removes_is_found_by_the_schedule() {
    let world = crate::world().await.leaving(&["outbox"]);
    let (ada, mut ben) = (world.person("ada").await, world.person("ben").await);
    let founded = ada.post("/api/organisations", json!({ "name": "Lab", "handle": "lab" })).await.status(201);
    let lab = format!("/api/organisations/{}", super::id(&founded));
    ask(&ada).await;
    join(&world, &lab, &ben).await;
    world.advance(15 * DAY);
    strike(&world, "due").await;
    ben.renew().await;
    ben.post(&format!("{lab}/leave"), json!({})).await.status(204);
    world.advance(DAY);
    strike(&world, "due").await;
    assert!(world.principal(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_whose_deletion_is_blocked_have_no_power_in_that_session() {
    let world = crate::world().await.leaving(&["outbox"]);
    let (grace, ben) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ben").await);
    let other = shared_organisation(&world, &ben, &world.person("eve").await, "other").await;
    let founded = grace.post("/api/organisations", json!({ "name": "Lab", "handle": "lab" })).await.status(201);
    ask(&grace).await;
    join(&world, &format!("/api/organisations/{}", super::id(&founded)), &ben).await;
    world.advance(15 * DAY);
    strike(&world, "due").await;
    let inside = super::signed_in(&world, &grace.email).await;
    inside.delete(&other).await.is(404, "NOT_FOUND");
    inside.get("/api/admin/users").await.is(403, "DELETION_PENDING");
}

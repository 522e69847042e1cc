//! The owner of an organisation with other members: refused before anything changes, or able to
//! sign in to remove a later obstacle.

use provost_domain::{BuiltInRole, Status, time::DAY};
use provost_testkit::{Someone, World};
use serde_json::json;

use super::{ask, audited, join, shared_organisation, sign_in};
use crate::flows::{email_text, strike};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_of_a_shared_organisation_is_refused_before_anything_changes() {
    let world = crate::world().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let lab = shared_organisation(&world, &ada, &ben, "lab").await;
    shared_organisation(&world, &ada, &ben, "club").await;
    ada.post("/api/organisations", json!({ "name": "Mine", "handle": "mine-alone" }))
        .await
        .status(201);
    let refused = ada.post("/api/users/me/deletion-request", json!({})).await.is(409, "SOLE_OWNER");
    let listed = refused["organisations"].as_array().expect("a list").clone();
    assert_eq!(
        listed.iter().map(|it| it["handle"].as_str().expect("a handle")).collect::<Vec<_>>(),
        ["lab", "club"]
    );
    assert!(
        listed
            .iter()
            .all(|it| it["id"].as_str().is_some_and(|id| id.starts_with("org_"))
                && it["name"] == "Lab"),
        "{listed:?}"
    );
    // Nothing changed, and no email announces a date.
    ada.get("/api/users/me").await.ok();
    world.settle().await;
    let sent = world
        .app
        .store()
        .keys_of(&world.app.store().names().accounts, &format!("USER#{}", ada.id), None)
        .await
        .expect("keys")
        .0;
    assert!(!sent.iter().any(|key| key.sk.starts_with("MAIL#")), "{sent:?}");
    assert_eq!(audited(&world, "deletion.requested").await, 0);
    // A member who owns nothing can request deletion, and so can she once she owns no organisation.
    ask(&ben).await;
    ada.delete(&lab).await.status(204);
    ada.post("/api/users/me/deletion-request", json!({})).await.is(409, "SOLE_OWNER");
    assert_eq!(world.user(ada.id).await.expect("ada").status, Status::Active);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_obstacle_blocks_the_request_and_its_owner_can_sign_in_to_remove_it() {
    let world = crate::world().await;
    let (ada, ben, mut root) = (
        world.person("ada").await,
        world.person("ben").await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let founded =
        ada.post("/api/organisations", json!({ "name": "Lab", "handle": "lab" })).await.status(201);
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
    let text = email_text(&world, &ada.id.to_string(), "deletion-requested").await;
    assert!(text.contains("you own an organisation that has other members"), "{text}");

    let tokens = sign_in(&world, &ada.email, json!({})).await.status(200);
    assert!(tokens["deletionBlocked"].as_str().expect("it says why").contains("lab"));
    let inside = world.anyone().with_token(tokens["accessToken"].as_str().expect("a token"));
    // The session is limited to the obstacle and the request.
    inside.get("/api/users/me").await.is(403, "DELETION_PENDING");
    inside.put(&lab, json!({ "name": "Other" })).await.is(403, "DELETION_PENDING");
    inside.post("/api/apikeys", json!({ "name": "spare" })).await.is(403, "DELETION_PENDING");
    assert_eq!(inside.get("/api/users/me/deletion-request").await.ok()["status"], "blocked");
    assert_eq!(inside.get("/api/organisations").await.ok()["data"][0]["handle"], "lab");
    inside.get(&format!("{lab}/users")).await.ok();
    inside.delete(&format!("{lab}/users/{}", ben.id)).await.status(204);
    // The deletion continues by itself.
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepting_the_ownership_resumes_the_deletion_of_the_previous_owner_at_once() {
    let world = crate::world().await;
    let (ada, mut ben) = (world.person("ada").await, world.person("ben").await);
    let lab = blocked(&world, &ada, &ben).await;
    ben.renew().await;
    let inside = super::signed_in(&world, &ada.email).await;
    let asked =
        inside.post(&format!("{lab}/users/{}/role", ben.id), json!({ "role": "owner" })).await.ok();
    let offer = super::id(&asked["ownershipOffer"]);
    world.settle().await;
    assert!(world.user(ada.id).await.is_some(), "an offer removes nothing");
    ben.post(&format!("/api/organisations/invites/{offer}/accept"), json!({})).await.ok();
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
    assert_eq!(ben.get(&lab).await.ok()["ownerId"], json!(ben.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_member_who_leaves_resumes_the_deletion_of_the_owner_at_once() {
    let world = crate::world().await;
    let (ada, mut ben) = (world.person("ada").await, world.person("ben").await);
    let lab = blocked(&world, &ada, &ben).await;
    ben.renew().await;
    ben.post(&format!("{lab}/leave"), json!({})).await.status(204);
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasing_the_last_member_resumes_the_deletion_of_the_owner_at_once() {
    let world = crate::world().await;
    let (ada, ben, mut root) = (
        world.person("ada").await,
        world.person("ben").await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    blocked(&world, &ada, &ben).await;
    root.renew().await;
    let body = json!({ "reason": "A spam account", "confirmDelete": true });
    root.delete_with(&format!("/api/admin/users/{}", ben.id), body).await.status(202);
    world.settle().await;
    assert!(world.user(ben.id).await.is_none() && world.user(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_the_organisation_as_staff_resumes_the_deletion_of_its_owner_at_once() {
    let world = crate::world().await;
    let (ada, ben, mut root) = (
        world.person("ada").await,
        world.person("ben").await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let lab = blocked(&world, &ada, &ben).await;
    root.renew().await;
    root.delete(&lab).await.status(204);
    world.settle().await;
    assert!(world.user(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schedule_finds_an_obstacle_that_was_removed_without_a_message() {
    let world = crate::world().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let lab = blocked(&world, &ada, &ben).await;
    // As an older release did, which did not resume deletions.
    let id = lab.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let mut tx = world.app.transaction();
    tx.remove_member(id, ben.id).expect("a member");
    tx.commit().await.expect("the user is a member");
    world.advance(DAY);
    strike(&world, "due").await;
    assert!(world.user(ada.id).await.is_none());
}

/// Creates an organisation that someone joins after its owner has requested deletion, and waits
/// until the deletion is due and blocked. Returns the path of the organisation.
async fn blocked(world: &World, owner: &Someone<'_>, member: &Someone<'_>) -> String {
    let founded = owner
        .post("/api/organisations", json!({ "name": "Lab", "handle": "lab" }))
        .await
        .status(201);
    let lab = format!("/api/organisations/{}", super::id(&founded));
    ask(owner).await;
    join(world, &lab, member).await;
    world.advance(15 * DAY);
    strike(world, "due").await;
    assert!(world.user(owner.id).await.is_some(), "it is blocked");
    lab
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_with_a_blocked_deletion_have_no_permissions_in_that_session() {
    let world = crate::world().await;
    let (grace, ben) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ben").await);
    let other = shared_organisation(&world, &ben, &world.person("eve").await, "other").await;
    let founded = grace
        .post("/api/organisations", json!({ "name": "Lab", "handle": "lab" }))
        .await
        .status(201);
    ask(&grace).await;
    join(&world, &format!("/api/organisations/{}", super::id(&founded)), &ben).await;
    world.advance(15 * DAY);
    strike(&world, "due").await;
    let inside = super::signed_in(&world, &grace.email).await;
    inside.delete(&other).await.is(404, "NOT_FOUND");
    inside.get("/api/admin/users").await.is(403, "DELETION_PENDING");
}

//! How an impersonation ends: by its time, by a stop, by force, and with the rights of the staff
//! member.

use provost_domain::{
    BuiltInRole, Permission,
    time::{HOUR, MINUTE},
};
use provost_testkit::Someone;
use serde_json::json;

use crate::support::{STOP, WHY, acting, ask, grace, root, started, world};

async fn is_over(acting: &Someone<'_>) {
    acting.get("/api/users/me").await.is(401, "SESSION_ENDED");
}

#[tokio::test]
async fn it_ends_at_its_time_to_the_millisecond() {
    let world = world().await;
    let (mut grace, ada) = (grace(&world).await, world.person("ada").await);
    for (mode, life) in [("impersonation", 30 * MINUTE), ("masquerade", 15 * MINUTE)] {
        let (as_ada, body) = started(&grace, &ada, mode).await;
        assert_eq!(body["expires_at"], json!(world.app.now().plus(life)));
        world.advance(life - 1);
        as_ada.get("/api/users/me").await.ok();
        world.advance(1);
        is_over(&as_ada).await;
        grace.renew().await;
    }
}

#[tokio::test]
async fn a_stopped_one_is_dead_and_both_people_keep_their_sessions() {
    let world = world().await;
    let (grace, ada, ben) =
        (grace(&world).await, world.person("ada").await, world.person("ben").await);
    let before = world.user(grace.id).await.expect("the account").sessions;
    for target in [&ada, &ben] {
        let acting = acting(&grace, target).await;
        acting.post(STOP, json!({})).await.status(204);
        is_over(&acting).await;
        acting.post(STOP, json!({})).await.is(401, "SESSION_ENDED");
        target.get("/api/users/me").await.ok();
    }
    assert_eq!(grace.get("/api/users/me").await.ok()["id"], grace.id.to_string());
    let after = world.user(grace.id).await.expect("the account").sessions;
    let ends = |sessions: std::collections::BTreeMap<_, provost_domain::session::LiveSession>| {
        sessions.into_iter().map(|(id, live)| (id, live.expires_at)).collect::<Vec<_>>()
    };
    assert_eq!(ends(before), ends(after));
    grace.post(STOP, json!({})).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn an_old_token_does_not_stop_a_new_impersonation() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let first = acting(&grace, &ada).await;
    first.post(STOP, json!({})).await.status(204);
    let second = acting(&grace, &ada).await;
    first.post(STOP, json!({})).await.is(401, "SESSION_ENDED");
    is_over(&first).await;
    second.get("/api/users/me").await.ok();
}

#[tokio::test]
async fn it_stops_after_the_permission_is_gone_and_after_its_time() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    world.edit(grace.id, |grace| _ = grace.denials.insert(Permission::UserImpersonate)).await;
    is_over(&as_ada).await;
    as_ada.post(STOP, json!({})).await.status(204);
    world.edit(grace.id, |grace| grace.denials.clear()).await;
    is_over(&as_ada).await;
    let as_ada = acting(&grace, &ada).await;
    world.advance(30 * MINUTE);
    as_ada.post(STOP, json!({})).await.status(204);
}

#[tokio::test]
async fn it_stops_after_the_user_was_erased() {
    let world = world().await;
    let (root, grace, ada) = (root(&world).await, grace(&world).await, world.person("ada").await);
    let (as_ada, body) = started(&grace, &ada, "impersonation").await;
    let purge = json!({ "confirmDelete": true, "reason": "Asked for." });
    root.delete_with(&format!("/api/admin/users/{}", ada.id), purge).await.status(202);
    is_over(&as_ada).await;
    world.settle().await;
    world.pass(HOUR).await;
    world.settle().await;
    assert!(world.user(ada.id).await.is_none(), "the account is erased");
    let id = body["session_id"].as_str().expect("an id");
    assert_eq!(world.emulators.items_beginning("operations", &format!("IMPERSONATION#{id}")), 0);
    // The time of the access token is over by now, but not of its session.
    let (mut grace, eve) = (grace, world.person("eve").await);
    grace.renew().await;
    ask(&grace, &eve, "impersonation").await.status(201);
}

#[tokio::test]
async fn a_stop_right_after_the_erasure_works_with_the_token() {
    let world = world().await;
    let (root, grace, ada) = (root(&world).await, grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    let purge = json!({ "confirmDelete": true, "reason": "Asked for." });
    root.delete_with(&format!("/api/admin/users/{}", ada.id), purge).await.status(202);
    world.settle().await;
    as_ada.post(STOP, json!({})).await.status(204);
    assert!(world.user(grace.id).await.expect("the account").impersonation.is_none());
}

#[tokio::test]
async fn it_ends_when_the_staff_member_is_demoted() {
    let world = world().await;
    let (root, grace, ada) = (root(&world).await, grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    let role = json!({ "role": "user", "reason": WHY });
    root.patch(&format!("/api/admin/users/{}/role", grace.id), role).await.ok();
    is_over(&as_ada).await;
}

#[tokio::test]
async fn it_ends_when_the_staff_member_is_banned() {
    let world = world().await;
    let (root, grace, ada) = (root(&world).await, grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    let ban = json!({ "type": "permanent", "reason": WHY, "notifyUser": false });
    root.post(&format!("/api/admin/users/{}/ban", grace.id), ban).await.ok();
    is_over(&as_ada).await;
    world.settle().await;
}

#[tokio::test]
async fn it_ends_with_the_session_of_the_staff_member() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    grace.post("/api/sessions/logout", json!({})).await.status(204);
    is_over(&as_ada).await;
    let hugo = world.staff("hugo", BuiltInRole::Admin).await;
    let as_ada = acting(&hugo, &ada).await;
    hugo.post("/api/sessions/logout-all", json!({})).await.ok();
    is_over(&as_ada).await;
}

#[tokio::test]
async fn it_ends_when_the_user_rises_above_the_staff_member() {
    let world = world().await;
    let (grace, ada) = (grace(&world).await, world.person("ada").await);
    let as_ada = acting(&grace, &ada).await;
    world.edit(ada.id, |ada| _ = ada.grants.insert(Permission::UserPurge)).await;
    is_over(&as_ada).await;
    world.edit(ada.id, |ada| ada.grants.clear()).await;
    as_ada.get("/api/users/me").await.ok();
}

#[tokio::test]
async fn staff_of_a_higher_rank_end_it_by_force() {
    let world = world().await;
    let (root, grace, hugo, ada) = (
        root(&world).await,
        grace(&world).await,
        world.staff("hugo", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let (as_ada, body) = started(&grace, &ada, "impersonation").await;
    let path = format!("/v1/impersonations/{}", body["session_id"].as_str().expect("an id"));
    hugo.delete(&path).await.is(403, "OUTRANKED");
    grace.delete(&path).await.is(409, "CANNOT_MODIFY_SELF");
    let listed = root.get("/v1/impersonations?state=live").await.ok();
    assert_eq!(listed["pagination"]["total"], 1);
    let row = &listed["data"][0];
    assert_eq!((&row["actor"], &row["reason"]), (&json!(grace.id), &json!(WHY)));
    assert_eq!((&row["user_id"], &row["usable"]), (&json!(ada.id), &json!(true)));
    root.delete_with(&path, json!({ "reason": WHY })).await.status(204);
    is_over(&as_ada).await;
    root.delete(&path).await.is(409, "INVALID_ACTION");
    root.get("/v1/impersonations?state=live").await.ok()["data"]
        .as_array()
        .is_some_and(Vec::is_empty)
        .then_some(())
        .expect("none is live");
    let ended = root.get("/v1/impersonations?state=ended").await.ok()["data"][0].clone();
    assert_eq!((&ended["ended_how"], &ended["usable"]), (&json!("forced"), &json!(false)));
    root.delete("/v1/impersonations/ses_01ARZ3NDEKTSV4RRFFQ69G5FAV").await.is(404, "NOT_FOUND");
}

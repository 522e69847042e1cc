//! The sessions of a user: listed for the user and for staff, ended one by one or all at once, with
//! effect on the next request.

use provost_domain::{BuiltInRole, Permission};
use serde_json::json;

use super::support::{audited, refresh, signed_in, text, world};

#[tokio::test]
async fn a_logged_out_session_is_refused_on_the_next_request() {
    let world = world().await;
    let ada = world.person("ada").await;
    let other = signed_in(&world, &ada.email).await;
    ada.post("/api/sessions/logout", json!({})).await.status(204);
    ada.get(&format!("/api/sessions/{}", ada.id)).await.is(401, "SESSION_ENDED");
    refresh(&world, &ada.refresh).await.is(401, "SESSION_ENDED");
    ada.with_token(&text(&other, "accessToken")).get("/api/sessions/me").await.ok();
    assert_eq!(audited(&world, ada.id).await, ["session.ended"]);
}

#[tokio::test]
async fn logging_out_everywhere_includes_this_session_and_returns_the_count() {
    let world = world().await;
    let ada = world.person("ada").await;
    signed_in(&world, &ada.email).await;
    let reply = ada.post("/api/sessions/logout-all", json!({})).await;
    assert_eq!(reply.status(200), json!({ "revokedSessions": 2 }));
    ada.get("/api/sessions/me").await.is(401, "SESSION_ENDED");
    assert!(world.user(ada.id).await.unwrap().sessions.is_empty());
    assert_eq!(audited(&world, ada.id).await, ["sessions.ended"]);
}

#[tokio::test]
async fn sessions_are_listed_newest_first_in_pages() {
    let world = world().await;
    let ada = world.person("ada").await;
    for _ in 0..4 {
        world.advance(1000);
        signed_in(&world, &ada.email).await;
    }
    let all = ada.get("/api/sessions/me").await.ok();
    let ids: Vec<_> = all["data"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
    assert_eq!((ids.len(), &all["pagination"]["total"]), (5, &json!(5)));
    assert!(ids.windows(2).all(|pair| pair[0].as_str() > pair[1].as_str()));
    let mut seen = Vec::new();
    let mut path = "/api/sessions/me?limit=2".to_owned();
    loop {
        let page = ada.get(&path).await.ok();
        seen.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { break };
        path = format!("/api/sessions/me?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ids);
    assert_eq!(
        all["data"].as_array().unwrap().iter().filter(|row| row["current"] == true).count(),
        1
    );
    for secret in ["family", "refresh", "digest"] {
        assert!(!all.to_string().contains(&format!("\"{secret}\"")), "{secret}");
    }
    ada.get("/api/sessions/me?limit=0").await.is(422, "VALIDATION_FAILED");
    ada.get("/api/sessions/me?limt=5").await.is(400, "UNKNOWN_PARAMETER");
}

#[tokio::test]
async fn staff_see_a_users_sessions_and_other_users_do_not() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let grace = world.staff("grace", BuiltInRole::Staff).await;
    let path = format!("/api/sessions/{}", ada.id);
    world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
    bob.get(&path).await.is(404, "INVALID_USER_ID");
    let listed = grace.get(&path).await.ok();
    assert_eq!(
        (&listed["pagination"]["total"], &listed["data"][0]["current"]),
        (&json!(1), &json!(false))
    );
    grace.get(&format!("/api/sessions/email:{}", ada.email)).await.ok();
    for missing in [
        "usr_00000000000000000000000000",
        "email:nobody@user.example",
        "nonsense",
        "key_00000000000000000000000000",
    ] {
        grace.get(&format!("/api/sessions/{missing}")).await.is(404, "INVALID_USER_ID");
    }
}

#[tokio::test]
async fn staff_can_end_the_sessions_of_users_who_do_not_outrank_them() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (grace, root) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let path = format!("/api/users/{}/sessions", ada.id);
    world.anyone().delete(&path).await.is(401, "UNAUTHENTICATED");
    bob.delete(&path).await.is(404, "INVALID_USER_ID");
    grace.delete(&format!("/api/users/{}/sessions", root.id)).await.is(403, "OUTRANKED");
    root.get("/api/sessions/me").await.ok();
    assert_eq!(
        grace.delete_with(&path, json!({"reason": "a stolen laptop"})).await.status(200),
        json!({ "revokedSessions": 1 })
    );
    ada.get("/api/sessions/me").await.is(401, "SESSION_ENDED");
    assert_eq!(audited(&world, ada.id).await, ["sessions.ended"]);
    assert_eq!(
        grace.delete(&format!("{path}?reason=again%20so")).await.status(200),
        json!({ "revokedSessions": 0 })
    );
    assert_eq!(audited(&world, ada.id).await.len(), 1, "no audit entry if no session ended");
    grace
        .delete("/api/users/usr_00000000000000000000000000/sessions")
        .await
        .is(404, "INVALID_USER_ID");
    grace
        .delete_with(&format!("{path}?reason=here"), json!({"reason": "and here"}))
        .await
        .is(400, "UNKNOWN_PARAMETER");
    grace.delete_with(&path, json!({"why": "spelt wrongly"})).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn one_permission_is_enough_to_end_an_ordinary_users_sessions() {
    let world = world().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    world
        .edit(eve.id, |eve| {
            eve.grants.insert(Permission::UserUpdate);
        })
        .await;
    eve.delete(&format!("/api/users/{}/sessions", ada.id)).await.ok();
    assert_eq!(eve.delete("/api/users/me/sessions").await.ok(), json!({ "revokedSessions": 1 }));
    eve.get("/api/sessions/me").await.is(401, "SESSION_ENDED");
}

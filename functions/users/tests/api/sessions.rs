//! `/v1/users/{user_id}/sessions`.

use provost_domain::{BuiltInRole, SessionId};
use provost_testkit::people::PASSWORD;
use serde_json::json;

use crate::support::{of, sign_in, with, world};

#[tokio::test]
async fn sessions_are_listed_with_addresses_for_those_who_may_see_them() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.advance(1000);
    sign_in(&world, &ada.email, PASSWORD).await.ok();
    let path = format!("{}/sessions", of(ada.id));
    let (sam, grace) =
        (with(&world, "sam", &[]).await, world.staff("grace", BuiltInRole::Admin).await);
    let list = grace.get(&path).await.ok();
    assert_eq!(
        (&list["pagination"]["total"], &list["pagination"]["limit"]),
        (&json!(2), &json!(25))
    );
    assert_eq!(
        (&list["data"][0]["ip"], &list["data"][1]["ip"]),
        (&json!("203.0.113.5"), &json!("127.0.0.1"))
    );
    assert_eq!(list["data"][1]["id"], json!(ada.session));
    let list = sam.get(&format!("{path}?limit=1")).await.ok();
    assert_eq!(list["data"][0]["redacted"], json!(["ip", "user_agent"]));
    assert!(list["data"][0].get("ip").is_none());
    let cursor = list["pagination"]["next_cursor"].as_str().expect("more");
    let next = sam.get(&format!("{path}?limit=1&cursor={cursor}")).await.ok();
    assert_eq!(next["data"][0]["id"], json!(ada.session));
    sam.get(&format!("{path}?limit=0")).await.is(422, "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_revoked_session_is_refused_on_the_next_request_and_revoking_it_again_is_no_error() {
    let world = world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let path = |id: SessionId| format!("{}/sessions/{id}", of(ada.id));
    ada.get("/api/users/me").await.ok();
    grace.delete(&path(ada.session.expect("one"))).await.status(204);
    ada.get("/api/users/me").await.is(401, "SESSION_ENDED");
    grace.delete(&path(ada.session.expect("one"))).await.status(204);
    grace.delete(&path(bob.session.expect("one"))).await.is(404, "NOT_FOUND");
    grace.delete(&format!("{}/sessions/none", of(ada.id))).await.is(404, "NOT_FOUND");
    bob.get("/api/users/me").await.ok();
    let all = format!("{}/sessions", of(bob.id));
    let ended = grace.delete_with(&all, json!({ "reason": "lost laptop" })).await;
    assert_eq!(ended.ok(), json!({ "terminated": 1 }));
    bob.get("/api/users/me").await.is(401, "SESSION_ENDED");
    assert_eq!(
        grace.delete(&format!("{}/sessions", of(bob.id))).await.ok(),
        json!({ "terminated": 0 })
    );
    grace.delete("/v1/users/me/sessions").await.is(409, "CANNOT_MODIFY_SELF");
}

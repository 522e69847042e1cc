//! S3: what belongs to somebody else does not exist.

use bytes::Bytes;
use provost_domain::BuiltInRole;

#[tokio::test]
async fn the_id_of_another_person_is_not_found_on_every_route_of_ones_own() {
    let world = crate::world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let before = world.principal(bob.id).await.expect("bob");
    let mut asked = 0;
    for row in provost::tables().into_iter().flat_map(|function| function.rows) {
        if !row.access.starts_with("own or") {
            continue;
        }
        let path = row.path.replace("{id}", &bob.id.to_string()).replace("{userId}", &bob.id.to_string());
        ada.ask(row.method.clone(), &path, "application/json", Bytes::from_static(b"{}")).await.is(404, "INVALID_USER_ID");
        asked += 1;
    }
    assert!(asked >= 4, "only {asked} routes are one's own");
    let after = world.principal(bob.id).await.expect("bob");
    assert_eq!((before.revision, before.sessions.len()), (after.revision, after.sessions.len()), "nothing of bob's changed");
}

#[tokio::test]
async fn a_user_who_does_not_exist_looks_like_one_whom_the_caller_may_not_see() {
    let world = crate::world().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let strip = |mut body: serde_json::Value| {
        body["requestId"] = serde_json::Value::Null;
        body
    };
    let hidden = ada.get(&format!("/api/users/{}", bob.id)).await.is(404, "INVALID_USER_ID");
    let missing = ada.get("/api/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV").await.is(404, "INVALID_USER_ID");
    let garbled = ada.get("/api/users/no-such-thing").await.is(404, "INVALID_USER_ID");
    assert_eq!(strip(hidden), strip(missing.clone()));
    assert_eq!(strip(missing), strip(garbled));
    let grace = world.staff("grace", BuiltInRole::Staff).await;
    grace.get(&format!("/api/users/{}", bob.id)).await.ok();
    grace.get(&format!("/api/users/email:{}", bob.email)).await.ok();
}

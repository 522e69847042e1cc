//! A ban of a few seconds: it ends without staff.

use provost_domain::{BuiltInRole, time::MINUTE};
use provost_testkit::{Reply, World, people::PASSWORD};
use serde_json::json;

async fn signs_in(world: &World, email: &str) -> Reply {
    world
        .anyone()
        .post("/api/sessions/login", json!({ "email": email, "password": PASSWORD }))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_of_four_seconds_ends_by_itself() {
    let world = crate::world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let email = ada.email.clone();
    let path = format!("/api/admin/users/{}", ada.id);

    let end = world.app.now().plus(4_000);
    let banned = root
        .post(
            &format!("{path}/ban"),
            json!({ "type": "temporary", "expiresAt": end, "reason": "Cool down." }),
        )
        .await
        .ok();
    assert_eq!(banned["banExpiresAt"], json!(end));
    world.pass(3_999).await;
    signs_in(&world, &email).await.is(403, "ACCOUNT_SUSPENDED");
    let banned = root.get("/api/admin/users?status=banned").await.ok();
    assert_eq!(banned["pagination"]["total"], 1, "{banned}");

    // It ends on time; the schedule updates the status within five minutes.
    world.pass(1).await;
    signs_in(&world, &email).await.ok();
    world.pass(5 * MINUTE).await;
    world.settle().await;
    let lifted = world.user(ada.id).await.expect("she exists");
    assert_eq!((lifted.status, lifted.suspension), (provost_domain::Status::Active, None));
    let root = world.staff("ruth", BuiltInRole::RootAdmin).await;
    assert_eq!(root.get("/api/admin/users?status=banned").await.ok()["pagination"]["total"], 0);
    let log = root.get(&format!("/api/admin/audit/logs?target={}", ada.id)).await.ok();
    let lift = log["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|entry| entry["action"] == "user.unbanned")
        .count();
    assert_eq!(lift, 1, "{log}");
    signs_in(&world, &email).await.ok();

    // The sign-in is counted; then nothing is left to do.
    world.settle().await;
    world.pass(10 * MINUTE).await;
    assert_eq!(world.settle().await, 0);
}

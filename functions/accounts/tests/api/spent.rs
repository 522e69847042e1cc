//! The cost of each route, in store requests and capacity units.

use provost_domain::{BuiltInRole, UserId};
use provost_testkit::World;
use serde_json::json;

use super::support::{GOOD, confirmation, register, reset_link, world};

#[expect(clippy::print_stdout, reason = "the figures are what one runs this for")]
fn requests(world: &World, what: &str) -> usize {
    let spent = world.interceptor.spent();
    world.interceptor.reset();
    println!(
        "{what}: {} requests, {} read units, {} write units (indexes at most {})",
        spent.requests(),
        spent.reads,
        spent.writes,
        spent.index_writes
    );
    spent.requests()
}

#[tokio::test]
async fn every_route_stays_within_its_budget() {
    let world = world().await;
    let ada = world.person("ada").await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    world.interceptor.reset();
    let id: UserId = register(&world.anyone(), "eve@user.example").await.status(201)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(requests(&world, "register"), 4);
    let token = confirmation(&world, id, "eve@user.example").await;
    world.anyone().post("/api/users/verify-email", json!({"token": token})).await.status(204);
    assert_eq!(requests(&world, "verify email"), 3);
    world
        .anyone()
        .post("/api/users/forgot-password", json!({"email": ada.email}))
        .await
        .status(204);
    assert_eq!(requests(&world, "forgot password"), 6);
    let token = reset_link(&world, id, 0).await;
    world.interceptor.reset();
    world
        .anyone()
        .post("/api/users/reset-password", json!({"token": token, "password": GOOD}))
        .await
        .status(204);
    // One of them reads the rules for passwords.
    assert_eq!(requests(&world, "reset password"), 3);
    ada.get("/api/users/me").await.ok();
    assert_eq!(requests(&world, "show oneself"), 1);
    root.get(&format!("/api/users/{}", ada.id)).await.ok();
    assert_eq!(requests(&world, "show somebody else"), 2);
    ada.put("/api/users/me", json!({"firstName": "Ada", "billingCity": "London"})).await.ok();
    assert_eq!(requests(&world, "change oneself"), 3);
    ada.put("/api/users/me", json!({"email": "countess@user.example", "currentPassword": GOOD}))
        .await
        .ok();
    assert_eq!(requests(&world, "change one's address"), 8);
    root.put(&format!("/api/users/{}", ada.id), json!({"lastName": "King"})).await.ok();
    assert_eq!(requests(&world, "change somebody else"), 3);
    ada.get("/api/users/me/login-history").await.ok();
    assert_eq!(requests(&world, "login history"), 2);
}

//! The cost of each route, in requests to the store and in its capacity units.

use provost_domain::BuiltInRole;
use provost_testkit::{World, people::PASSWORD};
use serde_json::json;

use super::support::{refresh, sign_in, signed_in, text, world};

#[expect(clippy::print_stdout, reason = "the figures are what one runs this for")]
fn spent(world: &World, what: &str) -> (usize, f64, f64) {
    let spent = world.interceptor.spent();
    world.interceptor.reset();
    println!(
        "{what}: {} requests, {} read units, {} write units (indexes at most {})",
        spent.requests(),
        spent.reads,
        spent.writes,
        spent.index_writes
    );
    (spent.requests(), spent.reads, spent.writes)
}

#[tokio::test]
async fn every_route_stays_within_its_budget() {
    let world = world().await;
    let ada = world.person("ada").await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    // The baseline is an account with one session. Each further session enlarges the account's item
    // by about a fifth of a unit.
    world.edit(ada.id, |ada| ada.sessions.clear()).await;
    world.interceptor.reset();

    let tokens = signed_in(&world, &ada.email).await;
    let (requests, _, writes) = spent(&world, "sign in");
    assert_eq!(
        (requests, writes),
        (6, 6.0),
        "the account and the history, one unit each, doubled by the transaction, plus the count by address and the attempt"
    );
    sign_in(&world.anyone(), &ada.email, "Wintry-Harbour-8").await;
    assert_eq!(spent(&world, "sign in, wrong password").0, 7);
    sign_in(&world.anyone(), "nobody@user.example", PASSWORD).await;
    assert_eq!(spent(&world, "sign in, unknown address").0, 7);
    let tokens = refresh(&world, &text(&tokens, "refreshToken")).await.status(200);
    let (requests, _, writes) = spent(&world, "refresh");
    assert!(requests == 2 && writes <= 2.0, "{requests} {writes}");
    let me = ada.with_token(&text(&tokens, "accessToken"));
    me.get("/api/sessions/me").await.ok();
    assert_eq!(spent(&world, "list own sessions").0, 2);
    root.get(&format!("/api/sessions/{}", ada.id)).await.ok();
    assert_eq!(spent(&world, "list another user's sessions").0, 3);
    me.post("/api/sessions/logout", json!({})).await.status(204);
    assert_eq!(spent(&world, "log out").0, 2);
    signed_in(&world, &ada.email).await;
    world.interceptor.reset();
    root.delete(&format!("/api/users/{}/sessions", ada.id)).await.ok();
    assert_eq!(spent(&world, "end another user's sessions").0, 2);
    root.post("/api/sessions/logout-all", json!({})).await.ok();
    assert_eq!(spent(&world, "log out everywhere").0, 2);
}
